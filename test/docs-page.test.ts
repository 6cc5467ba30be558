/** `/docs` in a real browser: it shows the operations, and asks no host but its own. */
import { existsSync } from 'node:fs';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { type Browser, chromium } from 'playwright-core';

const program = '/usr/bin/chromium';
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

describe('the docs page', function () {
  this.timeout(60_000);
  let host: TestHost;
  let browser: Browser;

  before(async function () {
    // Without Chromium the test is pending, by name; where everything is demanded it fails to start.
    if (!existsSync(program) && process.env.REQUIRE_ALL !== '1') this.skip();
    host = await startTestHost({ plugins: [] });
    browser = await chromium.launch({ executablePath: program, args: quiet });
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
  });

  it('shows the operations, and loads nothing from elsewhere', async () => {
    const page = await browser.newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(`${host.url}/docs`);
    await page.getByText('/api/gpk').first().waitFor();
    expect(await page.title()).to.equal('Palestra API');
    expect(asked.filter((url) => !url.startsWith(host.url) && !url.startsWith('data:'))).to.deep.equal([]);
    expect(complaints).to.deep.equal([]);
  });
});
