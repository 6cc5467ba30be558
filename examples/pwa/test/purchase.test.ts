/** A purchase by clicking, its password sealed, its code a picture, and nothing bought twice. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import decodeQR from 'qr/decode.js';
import type { DemoAccount } from '../server/demo.js';
import { describeInChromium, shoot } from './support/browser.js';
import { buy, clipboard, copiedCode, enter, heading, order, signOut } from './support/steps.js';
import { account } from './support/town.js';

describeInChromium('a purchase in the app', (stage) => {
  it('takes a few clicks, and the password never leaves in the clear', async () => {
    const { town, phone } = stage();
    const { page } = await phone();
    const jon = account('jon');
    const requests: Promise<string>[] = [];
    page.on('request', (request) => {
      const text = (headers: object) =>
        `${request.method()} ${request.url()}\n${JSON.stringify(headers)}\n${request.postData() ?? ''}`;
      requests.push(request.allHeaders().then(text));
    });

    await page.goto('/');
    await page.getByLabel('Where, or which gym?').fill('Henndorf');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('heading', { name: 'Around Henndorf' }).waitFor();
    await page.getByRole('link', { name: /Iron Temple Henndorf/ }).click();
    await heading(page, 'Iron Temple Henndorf');
    await page.getByRole('link', { name: 'Buy Ten visits' }).click();
    await heading(page, 'Sign in');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await heading(page, 'Create an account');
    await enter(page, jon);
    await heading(page, 'Your order');
    await page.getByRole('button', { name: 'Pay €99.00' }).click();
    await heading(page, 'Ten visits');
    await page.locator('svg.qr').waitFor();

    await signOut(page);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await enter(page, jon);
    await heading(page, 'Find a gym');
    await page.getByRole('link', { name: 'Passes' }).click();
    await page.getByRole('link', { name: /Ten visits.*Iron Temple Henndorf.*10 visits left/s }).waitFor();

    const log = (await Promise.all(requests)).join('\n\n');
    expect(log).to.match(/POST \S+\/api\/register\n.*\n\{"sealed":"ey/);
    expect(log).to.match(/GET \S+\/api\/auth\n.*tnt-user-auth-scheme ey/);
    for (const text of [log, town.wire()])
      expect(spellings(jon).filter((spelt) => text.includes(spelt))).to.deep.equal([]);

    await page.evaluate(`fetch('/api/register', { method: 'POST', body: ${JSON.stringify(JSON.stringify(jon))} })`);
    expect(
      spellings(jon).some((spelt) => town.wire().includes(spelt)),
      'one that leaves would be seen',
    ).to.equal(true);
  });

  it('shows its code as a picture that scanners read, and renews it before it expires', async () => {
    const { town, phone } = stage();
    const { page } = await phone(clipboard);
    await page.clock.install();
    await buy(page, town, 'ann', 'Ten visits');
    const first = await copiedCode(page);
    expect(await scanned(page)).to.equal(first);
    await page.clock.runFor(31_000);
    const second = await copiedCode(page);
    expect(second).not.to.equal(first);
    expect(await scanned(page)).to.equal(second);
  });

  it('covers a code that it cannot renew, and shows a new one once it can', async () => {
    const { town, phone } = stage();
    const { context, page } = await phone();
    await page.clock.install();
    await buy(page, town, 'leo', 'Ten visits');
    await context.setOffline(true);
    for (let seconds = 0; seconds < 80 && (await page.locator('svg.qr').count()) > 0; seconds += 4) {
      await page.clock.runFor(4_000);
    }
    await page.getByText('The code is too old to open the door.').waitFor();
    expect(await page.locator('svg.qr').count()).to.equal(0);
    await context.setOffline(false);
    await page.locator('svg.qr').waitFor();
  });

  it('is one purchase, however often an answer is lost and the button pressed', async () => {
    const { town, phone } = stage();
    const { page } = await phone({ serviceWorkers: 'block' });
    await order(page, town, 'una', 'Beginners’ course');
    await page.route('**/api/verify_transaction', (route) => route.abort());
    const pay = page.getByRole('button', { name: 'Pay' });
    const failure = page.getByText('You are offline, or the server cannot be reached.');
    await pay.click();
    await failure.waitFor();
    await pay.click();
    await failure.waitFor();
    await page.getByRole('link', { name: 'Passes' }).click();
    await page.getByText('Not paid yet').waitFor();
    expect(await page.locator('a.pass').count()).to.equal(1);
    await page.locator('a.pass').click();
    await page.unroute('**/api/verify_transaction');
    await page.getByRole('button', { name: 'Complete the payment' }).click();
    await page.locator('svg.qr').waitFor();
  });

  it('can be given up before it is paid', async () => {
    const { town, phone } = stage();
    const { page } = await phone({ serviceWorkers: 'block' });
    await order(page, town, 'tom', 'Beginners’ course');
    await page.route('**/api/verify_transaction', (route) => route.abort());
    await page.getByRole('button', { name: 'Pay' }).click();
    await page.getByText('You are offline, or the server cannot be reached.').waitFor();
    await page.getByRole('link', { name: 'Passes' }).click();
    await page.locator('a.pass').click();
    await page.getByRole('button', { name: 'Cancel the purchase' }).waitFor();
    await shoot(page, 'unpaid');
    await page.getByRole('button', { name: 'Cancel the purchase' }).click();
    await page.getByText('Canceled', { exact: true }).waitFor();
  });
});

/** What a scanner sees in what is on the screen. */
async function scanned(page: Page): Promise<string> {
  const png = await page.locator('svg.qr').screenshot();
  const blank = await page.context().newPage();
  const [width, height, pixels] = await blank.evaluate<[number, number, string]>(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png.toString('base64')}';
    await image.decode();
    const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    return [image.width, image.height, Array.from(data, (byte) => String.fromCharCode(byte)).join('')];
  })()`);
  await blank.close();
  return decodeQR({ width, height, data: Uint8ClampedArray.from(Buffer.from(pixels, 'latin1')) });
}

/** A password as it could be found on a wire: as it is, and in the encodings of the web. */
function spellings({ username, password }: DemoAccount): string[] {
  const whole = [password, `${username}:${password}`, JSON.stringify({ username, password })].map((text) =>
    Buffer.from(text),
  );
  // In the middle of a longer base64 text it is spelt in one of three ways, by where it begins.
  const inside = [0, 1, 2].map((skip) => Buffer.from(password.slice(skip)).toString('base64').slice(0, 24));
  return [
    password,
    Buffer.from(password).toString('latin1'),
    encodeURIComponent(password),
    ...whole.flatMap((bytes) => [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')]),
    ...inside,
  ];
}
