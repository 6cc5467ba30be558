/** The people behind the desk, who own nothing: they scan, they refund; and a member ends sessions elsewhere. */
import { expect } from 'chai';
import { describeInChromium, shoot } from './support/browser.js';
import { buy, clipboard, copiedCode, enter, freshCode, heading, paste } from './support/steps.js';
import { account } from './support/town.js';

describeInChromium('the staff of a gym in the app', (stage) => {
  it('scan a pass and refund it with a login of their own, and no longer once they are removed', async () => {
    const { town, phone } = stage();
    const gym = town.gyms[0]?._id;
    const { page: member } = await phone(clipboard);
    const { page: owner } = await phone();
    const { page: desk } = await phone();
    await buy(member, town, 'pam', 'Ten visits');
    await desk.goto(`/register?next=/gyms/${gym}`);
    await enter(desk, account('rec'));
    await desk.getByRole('link', { name: 'For staff' }).click();
    await heading(desk, 'At the door');
    await desk.getByLabel('Admit with').selectOption({ label: 'Ten visits' });
    expect(await paste(desk, await copiedCode(member))).to.match(/Not admitted/);

    await owner.goto('/sign-in?next=/door');
    await enter(owner, account('iron'));
    await owner.getByRole('link', { name: 'Staff' }).click();
    await owner.getByLabel('User name').fill('nobody of this name');
    await owner.getByRole('button', { name: 'Add' }).click();
    await owner.getByText('There is no account with this user name.').waitFor();
    await owner.getByLabel('User name').fill('rec');
    await owner.getByLabel('Task').selectOption({ label: 'Lets members in, sells and refunds' });
    await owner.getByRole('button', { name: 'Add' }).click();
    await owner.getByRole('list', { name: 'Staff' }).getByText('Lets members in, sells and refunds').waitFor();
    await shoot(owner, 'staff');

    expect(await paste(desk, await freshCode(member))).to.match(/Come in\s+Ten visits: 9 visits left/);
    await desk.getByRole('link', { name: 'Open the purchase' }).click();
    await heading(desk, 'Ten visits');
    await desk.reload();
    const give = async (amount?: string) => {
      await desk.getByText('Give money back').click();
      if (amount !== undefined) await desk.getByLabel('Amount in EUR').fill(amount);
      await desk.getByRole('button', { name: 'Refund' }).click();
    };
    await give('19.50');
    await desk.getByRole('main').getByText('Given back: €19.50').waitFor();
    await desk.getByText('Active').waitFor();
    await give();
    await desk.getByRole('main').getByText('Given back: €99.00').waitFor();
    await desk.getByText('Refunded', { exact: true }).waitFor();
    expect(await desk.getByText('Give money back').count()).to.equal(0);
    await shoot(desk, 'refunded');
    await member.reload();
    await member.getByText('Refunded').waitFor();

    await owner.getByRole('button', { name: /^Remove/ }).click();
    await owner.getByText('Nobody works here besides the owner.').waitFor();
    await desk.goto(`/gyms/${gym}/sales`);
    await desk.getByText('Nothing was sold here yet, or you may not see it.').waitFor();
    await desk.goto(`/gyms/${gym}/staff`);
    await desk.getByText('You may not do that.').waitFor();
  });

  it('sees where the member is signed in, and ends one session or all others', async () => {
    const { phone } = stage();
    const { page } = await phone();
    await page.goto('/register?next=/account');
    await enter(page, account('uma'));
    await heading(page, 'uma');
    const elsewhere = await Promise.all([1, 2, 3].map(async () => (await phone()).page));
    for (const other of elsewhere) {
      await other.goto('/sign-in?next=/account');
      await enter(other, account('uma'));
      await heading(other, 'uma');
    }
    await page.locator('summary', { hasText: 'Where you are signed in' }).click();
    const rows = page.getByRole('list', { name: 'Where you are signed in' }).locator('li');
    await rows.nth(3).waitFor();
    expect(await rows.filter({ hasText: 'This device' }).count()).to.equal(1);
    await shoot(page, 'sessions');
    const ends = page.getByRole('button', { name: 'End', exact: true });
    expect(await ends.count()).to.equal(3);
    await ends.first().click();
    await rows.nth(3).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'End all others' }).click();
    await rows.nth(1).waitFor({ state: 'detached' });
    expect(await rows.innerText()).to.include('This device');
    for (const other of elsewhere) {
      await other.goto('/account');
      await heading(other, 'Sign in');
    }
  });
});
