/** The app in Chromium: a whole purchase by clicking, the door, offline, keyboard, and who listens to the page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import decodeQR from 'qr/decode.js';
import { account, artifacts, hasChromium, launch, openTown, phone, type Town } from './support.js';

describe('the app in Chromium', function () {
  this.timeout(60_000);

  let town: Town;
  let browser: Browser;
  /** What went wrong in any page: a script that threw, a policy that was broken. */
  const complaints: string[] = [];

  before(async function () {
    if (!hasChromium()) return this.skip();
    [town, browser] = await Promise.all([openTown(), launch()]);
  });
  after(async () => {
    await browser?.close();
    await town?.close();
  });
  afterEach(() => expect(complaints.splice(0)).to.deep.equal([]));

  async function open(options: Parameters<typeof phone>[2] = {}): Promise<{ context: BrowserContext; page: Page }> {
    const opened = await phone(browser, town, options);
    opened.page.on('pageerror', ({ message }) => complaints.push(message));
    opened.page.on('console', (message) => {
      if (/Content Security Policy|Uncaught/i.test(message.text())) complaints.push(message.text());
    });
    return opened;
  }

  const shoot = (page: Page, name: string) => page.screenshot({ path: join(artifacts, `${name}.png`) });
  const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();

  async function enter(page: Page, { username, password }: ReturnType<typeof account>): Promise<void> {
    await page.getByLabel('User name').fill(username);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.locator('form button[type=submit]').click();
  }

  /** A new member with a pass, on its screen. */
  async function buy(page: Page, username: string, offer: string, gym = 0): Promise<void> {
    await page.goto(`/register?next=/gyms/${town.gyms[gym]?._id}`);
    await enter(page, account(username));
    await page.getByRole('link', { name: `Buy ${offer}` }).click();
    await page.getByRole('button', { name: 'Pay' }).click();
    await page.locator('svg.qr').waitFor();
  }

  async function copiedCode(page: Page): Promise<string> {
    await page.getByRole('button', { name: 'Copy the code' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    return page.evaluate<string>('navigator.clipboard.readText()');
  }

  const permissions = ['clipboard-read', 'clipboard-write'];

  /** What a scanner sees in what is on the screen. */
  async function scanned(page: Page): Promise<string> {
    const png = await page.locator('svg.qr').screenshot();
    const blank = await page.context().newPage();
    const [width, height, pixels] = await blank.evaluate<[number, number, string]>(`(async () => {
      const image = new Image();
      image.src = 'data:image/png;base64,${png.toString('base64')}';
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      return [image.width, image.height, Array.from(data, (byte) => String.fromCharCode(byte)).join('')];
    })()`);
    await blank.close();
    return decodeQR({ width, height, data: Uint8ClampedArray.from(Buffer.from(pixels, 'latin1')) });
  }

  async function openDoor(page: Page, username: string): Promise<void> {
    await page.goto('/sign-in?next=/door');
    await enter(page, account(username));
    await heading(page, 'At the door');
    await page.getByLabel('Admit with').selectOption({ label: 'Ten visits' });
  }

  async function paste(page: Page, code: string): Promise<string> {
    const verdicts = page.locator('.log li');
    const before = await verdicts.count();
    await page.getByLabel('Code of the pass').fill(code);
    await page.getByRole('button', { name: 'Let in' }).click();
    await verdicts.nth(before).waitFor();
    return page.locator('.verdict').innerText();
  }

  it('finds a gym by distance, buys with a few clicks, and never sends the password in the clear', async () => {
    const { context, page } = await open({ permissions });
    const jon = account('jon');
    const requests: string[] = [];
    page.on('request', async (request) => {
      const headers = JSON.stringify(await request.allHeaders());
      requests.push(`${request.method()} ${request.url()}\n${headers}\n${request.postData() ?? ''}`);
    });

    await page.goto('/');
    await page.getByLabel('Where?').fill('Henndorf');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('heading', { name: 'Around Henndorf' }).waitFor();
    await shoot(page, '1-gyms');
    await page.getByRole('link', { name: /Iron Temple Henndorf/ }).click();
    await heading(page, 'Iron Temple Henndorf');
    await page.getByRole('link', { name: 'Buy Ten visits' }).waitFor();
    await shoot(page, '2-gym');
    await page.getByRole('link', { name: 'Buy Ten visits' }).click();
    await heading(page, 'Sign in');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await heading(page, 'Create an account');
    await shoot(page, '3-register');
    await enter(page, jon);
    await heading(page, 'Your order');
    await shoot(page, '4-order');
    await page.getByRole('button', { name: 'Pay €99.00' }).click();
    await heading(page, 'Ten visits');
    await page.locator('svg.qr').waitFor();
    await shoot(page, '5-pass');

    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await enter(page, jon);
    await heading(page, 'Find a gym');
    await page.getByRole('link', { name: 'Passes' }).click();
    await page.getByRole('link', { name: /Ten visits.*Iron Temple Henndorf.*10 visits left/s }).waitFor();
    await shoot(page, '6-passes');

    const log = requests.join('\n\n');
    expect(log)
      .to.match(/POST \S+\/api\/register/)
      .and.match(/GET \S+\/api\/auth/)
      .and.match(/tnt-user-auth-scheme ey/);
    for (const text of [log, town.wire()]) for (const spelt of spellings(jon)) expect(text).not.to.include(spelt);
    await context.close();
  });

  it('shows the code as a picture that scanners read, and renews it before it expires', async () => {
    const { context, page } = await open({ permissions });
    await page.clock.install();
    await buy(page, 'ann', 'Ten visits');
    const first = await copiedCode(page);
    expect(await scanned(page)).to.equal(first);
    await page.clock.runFor(31_000);
    await page.getByRole('button', { name: 'Copy the code' }).waitFor();
    const second = await copiedCode(page);
    expect(second).not.to.equal(first);
    expect(await scanned(page)).to.equal(second);
    await context.close();
  });

  it('lets a member in once a code: the gym sees the count go down, and why others stay outside', async () => {
    const { context, page: member } = await open({ permissions });
    const { context: desk, page: door } = await open();
    await buy(member, 'eve', 'Ten visits');
    const code = await copiedCode(member);
    await openDoor(door, 'iron');
    expect(await paste(door, code)).to.match(/Come in\s+Ten visits: 9 visits left/);
    await shoot(door, '7-door');
    expect(await paste(door, code)).to.match(/Not admitted\s+This has admitted a visit already\./);
    await shoot(door, '8-door-refused');
    expect(await paste(door, 'a shopping list')).to.match(/This is not the code of a pass\./);

    await member.reload();
    expect(await paste(door, await copiedCode(member))).to.match(/8 visits left/);
    await member.reload();
    await member.getByText('2 used').waitFor();
    const late = await copiedCode(member);
    town.advance(61_000);
    expect(await paste(door, late)).to.match(/The QR code is older than a minute\. Show a new one\./);

    await member.reload();
    await door.getByRole('link', { name: 'Account' }).click();
    await door.getByRole('button', { name: 'Sign out' }).click();
    await openDoor(door, 'boulder');
    expect(await paste(door, await copiedCode(member))).to.match(/This pass is from another gym\./);
    await context.close();
    await desk.close();
  });

  it('says that a pass is used up', async () => {
    const { context, page: member } = await open({ permissions });
    const { context: desk, page: door } = await open();
    await buy(member, 'ida', 'Drop in');
    const first = await copiedCode(member);
    await member.reload();
    const second = await copiedCode(member);
    await openDoor(door, 'iron');
    await door.getByLabel('Admit with').selectOption({ label: 'Drop in' });
    expect(await paste(door, first)).to.match(/0 visits left/);
    expect(await paste(door, second)).to.match(/used up/);
    await member.reload();
    await member.getByText('Used up').waitFor();
    expect(await member.locator('svg.qr').count()).to.equal(0);
    await shoot(member, '9-used-up');
    await context.close();
    await desk.close();
  });

  it('shows what it has seen when it is offline, and keeps nothing that was sent with credentials', async () => {
    const { context, page } = await open();
    await buy(page, 'max', 'Drop in');
    await page.evaluate('navigator.serviceWorker.ready');
    await page.reload();
    await page.goto('/');
    const names = page.locator('.gym strong');
    await names.first().waitFor();
    const seen = await names.allInnerTexts();
    await page.getByRole('link', { name: /Iron Temple Henndorf/ }).click();
    await page.getByRole('link', { name: 'Buy Ten visits' }).waitFor();

    await context.setOffline(true);
    await page.goto('/');
    await names.first().waitFor();
    expect((await names.allInnerTexts()).slice(0, seen.length)).to.deep.equal(seen);
    await page.getByText('Offline', { exact: true }).waitFor();
    await shoot(page, '10-offline');
    await page.getByRole('link', { name: /Iron Temple Henndorf/ }).click();
    await page.getByRole('link', { name: 'Buy Ten visits' }).click();
    await page.getByText('You are offline, or the server cannot be reached.').waitFor();

    const kept = await page.evaluate<string[]>(`(async () => {
      const names = await caches.keys();
      const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return keys.flat().map(({ url, headers }) => new URL(url).pathname + (headers.get('authorization') ?? ''));
    })()`);
    const api = new Set(kept.filter((path) => path.startsWith('/api')));
    expect([...api].sort()).to.deep.equal(['/api/discovery/gym', '/api/discovery/merchandise']);
    await context.close();
  });

  it('can be used by keyboard alone: search, and sign in', async () => {
    const { context, page } = await open();
    const { keyboard } = page;
    const focused = () => page.evaluate<string>(`document.activeElement.textContent || document.activeElement.name`);
    const tabTo = async (what: string, key = 'Tab') => {
      for (let presses = 0; presses < 20; presses++) {
        await keyboard.press(key);
        if ((await focused()).includes(what)) return;
      }
      throw new Error(`${key} does not reach ${what}`);
    };
    await page.goto('/');
    await page.locator('.gym').first().waitFor();
    await keyboard.press('Tab');
    expect(await focused()).to.equal('Skip to the content');
    await tabTo('place');
    await keyboard.type('Mondsee');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Around Mondsee' }).waitFor();
    await tabTo('Iron Temple Mondsee');
    await keyboard.press('Enter');
    await heading(page, 'Iron Temple Mondsee');
    expect(await focused(), 'the focus is on the heading of the new screen').to.equal('Iron Temple Mondsee');
    await page.goto('/sign-in');
    await heading(page, 'Sign in');
    await tabTo('username');
    await keyboard.type('iron');
    await tabTo('password');
    await keyboard.type('not the password');
    await keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'The user name or the password is wrong.' }).waitFor();
    expect(await focused()).to.equal('password');
    await keyboard.press('Control+A');
    await keyboard.type(account('iron').password);
    await keyboard.press('Enter');
    await heading(page, 'Find a gym');
    await tabTo('Door', 'Shift+Tab');
    await keyboard.press('Enter');
    await heading(page, 'At the door');
    await context.close();
  });

  it('pages a long list in as it scrolls', async () => {
    const { context, page } = await open();
    const lists: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/api/discovery/gym')) lists.push(request.url());
    });
    await page.goto('/');
    const cards = page.locator('.gym');
    await cards.first().waitFor();
    expect(await cards.count()).to.equal(20);
    expect(lists).to.have.length(1);
    for (const expected of [40, 60]) {
      await cards.last().scrollIntoViewIfNeeded();
      await page.getByText(`${expected} gyms shown`).waitFor({ state: 'attached' });
      expect(await cards.count()).to.equal(expected);
    }
    const names = await page.locator('.gym strong').allInnerTexts();
    expect(new Set(names).size).to.equal(60);
    await context.close();
  });

  it('goes by the location of the device, and by what is typed where there is none', async () => {
    const salzburg = { longitude: 13.0455, latitude: 47.8009 };
    const { context, page } = await open({ geolocation: salzburg, permissions: ['geolocation'] });
    await page.goto('/');
    await page.getByRole('button', { name: 'Use my location' }).click();
    await page.getByRole('heading', { name: 'Around your location' }).waitFor();
    await page.locator('.distance').first().waitFor();
    expect(await page.locator('.gym').first().innerText()).to.match(/Salzburg/);
    await context.clearPermissions();
    await page.getByRole('button', { name: 'Use my location' }).click();
    await page.getByRole('alert').filter({ hasText: 'Type where you are instead.' }).waitFor();
    expect(await page.evaluate('document.activeElement.name')).to.equal('place');
    await page.getByLabel('Where?').fill('47.684, 13.097');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Around 47.684, 13.097' }).waitFor();
    await page
      .getByRole('link', { name: /Hallein/ })
      .first()
      .waitFor();
    await page.getByLabel('Where?').fill('Atlantis');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'No gym is known at “Atlantis”' }).waitFor();
    await context.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`leaves nothing for an accessibility checker to find, in the ${colorScheme}`, async () => {
      const { context, page } = await open({ colorScheme });
      const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      const check = async (name: string) => {
        await shoot(page, `${colorScheme}-${name}`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
          `axe.run(document, { resultTypes: ['violations'] })`,
        );
        const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
        expect(found, name).to.deep.equal([]);
        expect(await page.evaluate('document.documentElement.scrollWidth'), `${name}: as wide as the phone`).to.equal(
          390,
        );
        const small = await page.evaluate<string[]>(smallTargets);
        expect(small, `${name}: targets below 44 px`).to.deep.equal([]);
      };
      await page.goto('/');
      await page.locator('.gym').first().waitFor();
      await check('gyms');
      await page.goto('/sign-in');
      await enter(page, { username: 'nobody', password: 'not the password' });
      await page.getByText('The user name or the password is wrong.').waitFor();
      await check('sign-in');
      await buy(page, `kim-${colorScheme}`, 'Ten visits');
      await check('pass');
      await page.getByRole('link', { name: 'Passes', exact: true }).click();
      await page.locator('a.pass').waitFor();
      await check('passes');
      await page.goto(`/gyms/${town.gyms[0]?._id}`);
      await page.locator('.offer').first().waitFor();
      await check('gym');
      await page.getByRole('link', { name: 'Buy Drop in' }).click();
      await heading(page, 'Your order');
      await check('order');
      await page.getByRole('link', { name: 'Account' }).click();
      await heading(page, `kim-${colorScheme}`);
      await check('account');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await openDoor(page, 'iron');
      await paste(page, 'nothing');
      await check('door');
      await context.close();
    });
  }
});

/** A password as it could be found on the wire: as it is, and in the encodings of the web. */
function spellings({ username, password }: ReturnType<typeof account>): string[] {
  const bytes = [
    Buffer.from(password),
    Buffer.from(`${username}:${password}`),
    Buffer.from(JSON.stringify({ username, password })),
  ];
  // The middle of a base64 text stays the same only at the same offset: all three.
  const inside = [0, 1, 2].map((offset) => Buffer.from(password.slice(offset)).toString('base64').slice(0, 24));
  return [
    password,
    Buffer.from(password).toString('latin1'),
    encodeURIComponent(password),
    JSON.stringify(password).slice(1, -1),
    ...bytes.flatMap((each) => [each.toString('base64'), each.toString('base64url'), each.toString('hex')]),
    ...inside,
  ];
}

/** Inside a sentence a link may be as high as its line. */
const smallTargets = `[...document.querySelectorAll('a, button, input, select')]
  .filter((element) => element.checkVisibility() && !element.closest('p') && !element.matches('.skip'))
  .filter((element) => element.getBoundingClientRect().height < 44)
  .map((element) => element.outerHTML)`;
