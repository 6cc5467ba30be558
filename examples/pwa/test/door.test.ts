/** The gym's side: a code admits once, the count goes down, and who stays outside is told why. */
import { expect } from 'chai';
import { describeInChromium, shoot } from './support/browser.js';
import { film } from './support/camera.js';
import { buy, clipboard, copiedCode, enter, freshCode, heading, openDoor, paste, signOut } from './support/steps.js';
import { account } from './support/town.js';

describeInChromium('the door in the app', (stage) => {
  it('admits once a code, and says what is wrong with others', async () => {
    const { town, phone } = stage();
    const { page: member } = await phone(clipboard);
    const { page: door } = await phone();
    await buy(member, town, 'eve', 'Ten visits');
    const code = await copiedCode(member);
    await openDoor(door, 'iron');
    expect(await paste(door, code)).to.match(/Come in\s+Ten visits: 9 visits left/);
    await shoot(door, 'admitted');
    expect(await paste(door, code)).to.match(/Not admitted\s+This has admitted a visit already\./);
    expect(await paste(door, 'a shopping list')).to.match(/This is not the code of a pass\./);
    expect(await paste(door, await freshCode(member))).to.match(/Come in\s+Ten visits: 8 visits left/);

    const late = await freshCode(member);
    await member.getByText('2 used').waitFor();
    await shoot(member, 'visits');
    town.advance(61_000);
    expect(await paste(door, late)).to.match(/The QR code is older than a minute\. Show a new one\./);

    await door.getByLabel('Admit with').selectOption({ label: 'Drop in' });
    expect(await paste(door, await freshCode(member))).to.match(/The transaction is over other merchandise\./);
    await signOut(door);
    await openDoor(door, 'boulder');
    expect(await paste(door, await freshCode(member))).to.match(/This pass is from another gym\./);
  });

  it('says that a pass is used up, and the pass says so too', async () => {
    const { town, phone } = stage();
    const { page: member } = await phone(clipboard);
    const { page: door } = await phone();
    await buy(member, town, 'ida', 'Drop in');
    const [first, second] = [await copiedCode(member), await freshCode(member)];
    await openDoor(door, 'iron', 'Drop in');
    expect(await paste(door, first)).to.match(/Come in\s+Drop in: 0 visits left/);
    expect(await paste(door, second)).to.match(/The transaction is used up\./);
    await member.reload();
    await member.getByText('Used up').waitFor();
    expect(await member.locator('svg.qr').count()).to.equal(0);
  });

  it('tells a waiting member that the visit counts', async () => {
    const { town, phone } = stage();
    const { page: member } = await phone(clipboard);
    const { page: door } = await phone();
    await member.clock.install();
    await buy(member, town, 'pia', 'Ten visits');
    await openDoor(door, 'iron');
    await paste(door, await copiedCode(member));
    await member.clock.runFor(31_000);
    await member.getByText('1 used').waitFor();
    await member.getByText('Visit counted. 9 visits left.').waitFor({ state: 'attached' });
  });

  it('scans by camera', async () => {
    const { town, phone, cameraFile } = stage();
    const { page: member } = await phone(clipboard);
    const { page: door } = await phone({ permissions: ['camera'] });
    await buy(member, town, 'zoe', 'Ten visits');
    await film(cameraFile, await copiedCode(member));
    await openDoor(door, 'iron');
    await door.getByRole('button', { name: 'Scan with the camera' }).click();
    await door.getByText('Ten visits: 9 visits left', { exact: true }).waitFor();
    await shoot(door, 'camera');
    expect(await door.locator('.log li').count(), 'a code held before the camera is one scan').to.equal(1);
    await door.getByRole('button', { name: 'Stop the camera' }).click();
    await door.locator('video').waitFor({ state: 'hidden' });
  });

  it('is for gyms', async () => {
    const { page } = await stage().phone();
    await page.goto('/door');
    await heading(page, 'Sign in');
    await page.goto('/register?next=/door');
    await enter(page, account('nik'));
    await page.getByText('Only gyms let members in.').waitFor();
    expect(await page.getByRole('link', { name: 'Door' }).count()).to.equal(0);
  });
});
