/** Offline: what was seen is shown again, what is newer is told, and nothing is kept that had credentials. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { describeInChromium, shoot } from './support/browser.js';
import { buy, heading } from './support/steps.js';

describeInChromium('the app offline', (stage) => {
  /** Until the worker answers for the page. */
  async function installed(page: Page): Promise<void> {
    await page.evaluate('navigator.serviceWorker.ready');
    await page.reload();
  }

  it('shows what it has seen, and keeps nothing that was sent with credentials', async () => {
    const { town, phone } = stage();
    const { context, page } = await phone();
    await buy(page, town, 'max', 'Drop in');
    await installed(page);
    await page.goto('/');
    const names = page.locator('.gym strong');
    await names.nth(19).waitFor();
    const seen = await names.allInnerTexts();
    await page.getByRole('link', { name: /Iron Temple Henndorf/ }).click();
    await page.getByRole('link', { name: 'Buy Ten visits' }).waitFor();

    await context.setOffline(true);
    await page.goto('/');
    await names.nth(seen.length - 1).waitFor();
    expect(await names.allInnerTexts()).to.deep.equal(seen);
    await page.getByText('Offline', { exact: true }).waitFor();
    await shoot(page, 'offline');
    await page.getByRole('link', { name: /Iron Temple Henndorf/ }).click();
    await page.getByRole('link', { name: 'Buy Ten visits' }).click();
    await heading(page, 'That did not work');
    await page.getByText('You are offline, or the server cannot be reached.').waitFor();
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await heading(page, 'Your order');

    await page.evaluate(`fetch('/api/discovery/gym?find=7', { headers: { authorization: 'Bearer of news' } })`);
    const kept = await page.evaluate<string[]>(`(async () => {
      const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
      const requests = (await Promise.all(caches_.map((cache) => cache.keys()))).flat();
      return requests.map(({ url, headers }) => 
        new URL(url).pathname + (headers.get('authorization') ?? ''));
    })()`);
    const api = new Set(kept.filter((path) => path.startsWith('/api')));
    expect([...api].sort()).to.deep.equal(['/api/discovery/gym', '/api/discovery/merchandise']);
    expect(kept).to.include.members(['/index.html', '/app.js', '/style.css', '/icon.svg', '/manifest.webmanifest']);
  });

  it('can be installed', async () => {
    const { context, page } = await stage().phone();
    await page.goto('/');
    await installed(page);
    const chromium = await context.newCDPSession(page);
    const { errors } = await chromium.send('Page.getAppManifest');
    expect(errors).to.deep.equal([]);
    const { installabilityErrors } = await chromium.send('Page.getInstallabilityErrors');
    const found = installabilityErrors.map(({ errorId }) => errorId);
    // A browser context of a test is a private window, where nothing is installed.
    expect(found.filter((error) => error !== 'in-incognito')).to.deep.equal([]);
  });

  it('shows what it has seen at once, and what is newer when asked', async () => {
    const { town, phone } = stage();
    const { page } = await phone();
    await page.goto('/');
    await installed(page);
    const terms = page.locator('.offer', { hasText: 'Beginners’ course' }).locator('.terms');
    await buy(page, town, 'mia', 'Beginners’ course');
    await page.goto(`/gyms/${town.gyms[0]?._id}`);
    const before = await terms.innerText();
    await page.getByText('There is something newer.').waitFor();
    await shoot(page, 'newer');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByText('There is something newer.').waitFor({ state: 'detached' });
    await terms.waitFor();
    const left = (text: string) => Number(/(\d+) left/.exec(text)?.[1]);
    expect(left(await terms.innerText())).to.equal(left(before) - 1);
  });
});
