/** `/docs` in a real browser: it shows the operations, signs a reader in, tries sealed ones, and gives code to copy. */
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import type { Browser, Locator, Page } from 'playwright-core';
import { demandChromium, launchChromium } from '../examples/pwa/test/support/chromium.js';

describe('the docs page', function () {
  this.timeout(240_000);
  let host: TestHost;
  let browser: Browser;
  /** One for all tests, which leave it signed out: to load it takes two seconds of CPU. */
  let page: Page;
  const asked: string[] = [];
  const complaints: string[] = [];

  before(async function () {
    const program = demandChromium(this);
    host = await startTestHost({ plugins: [gym] });
    browser = await launchChromium(program);
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    context.setDefaultTimeout(120_000);
    page = await context.newPage();
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(`${host.url}/docs`);
    await page.getByText('/api/gpk').first().waitFor();
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
  });

  async function tryOut(operationId: string, fill?: (block: Locator) => Promise<void>) {
    const block = page.locator(`[id$="-${operationId}"]`);
    await block.locator('.opblock-summary').click();
    await block.getByRole('button', { name: 'Try it out' }).click();
    await fill?.(block);
    const answered = page.waitForResponse(
      (each) => each.url().startsWith(`${host.url}/api/`) && !each.url().endsWith('/gpk'),
    );
    await block.getByRole('button', { name: 'Execute' }).click();
    const response = await answered;
    await block.locator('.live-responses-table .response-col_status').first().waitFor();
    return response;
  }

  it('shows the operations in the order of use, and loads nothing from elsewhere', async () => {
    expect(await page.title()).to.equal('Palestra API');
    expect(asked.filter((url) => !url.startsWith(host.url) && !url.startsWith('data:'))).to.deep.equal([]);
    expect(complaints).to.deep.equal([]);
    const groups = await page
      .locator('.opblock-tag')
      .evaluateAll((tags) => tags.map((tag) => tag.getAttribute('data-tag')));
    expect(groups[0]).to.equal('session');
    expect(groups.at(-1)).to.equal('backup');
  });

  it('signs in with a password that is encrypted in the page, tries a guarded operation, and signs out', async () => {
    const account = await host.account();
    const sent: string[] = [];
    page.on('request', (request) => sent.push(JSON.stringify(request.headers()), request.postData() ?? ''));
    await page.getByLabel('User name or email').fill(account.username);
    await page.getByLabel('Password', { exact: true }).fill(account.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText(`Signed in as ${account.username} (player)`).waitFor();
    expect(sent.join('\n')).not.to.include(account.password);
    expect((await tryOut('listGyms')).status()).to.equal(200);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByLabel('User name or email').waitFor();
  });

  it('says why a sign-in is refused', async () => {
    await page.getByLabel('User name or email').fill('nobody');
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'The user name or the password is wrong.' }).waitFor();
  });

  it('takes the plaintext of a sealed operation and encrypts it', async () => {
    const response = await tryOut('register', async (block) => {
      await block
        .locator('textarea')
        .fill(JSON.stringify({ username: 'from-the-docs', password: 'a long enough one' }));
    });
    expect(response.status()).to.equal(201);
    expect(Object.keys(response.request().postDataJSON())).to.deep.equal(['sealed']);
  });

  it('gives code to copy for curl, the SDK and Python', async () => {
    const block = page.locator('[id$="-getGym"]');
    await block.locator('.opblock-summary').click();
    const samples = block.getByRole('region', { name: 'Code samples' });
    const texts: string[] = [];
    for (const language of ['curl', 'SDK', 'Python']) {
      await samples.getByRole('tab', { name: language }).click();
      texts.push((await samples.locator('code').textContent()) ?? '');
    }
    expect(texts[0]).to.match(/^curl 'http:.*\/api\/gym\/\w+' \\\n {2}-H "Authorization: Bearer \$TOKEN"$/);
    expect(texts[1]).to.include("await client.call('getGym', {");
    expect(texts[2]).to.include('requests.request("GET", "http');
    await samples.getByRole('button', { name: 'Copy' }).click();
    await samples.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).to.equal(texts[2]);
  });

  it('follows the color scheme of the system', async () => {
    const isDark = () => page.evaluate(`document.documentElement.classList.contains('dark-mode')`);
    expect(await isDark()).to.equal(false);
    await page.emulateMedia({ colorScheme: 'dark' });
    // While it is open; the browser tells the page some time later.
    await page.locator('html.dark-mode').waitFor();
    await page.reload();
    await page.getByText('/api/gpk').first().waitFor();
    expect(await isDark(), 'from the beginning').to.equal(true);
  });
});
