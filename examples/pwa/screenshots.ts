/**
 * `npm run screenshots`: the pictures of the README, taken in Chromium of the app and of the docs page behind it.
 * Run it when either looks different, look at the result, and commit it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@palestra/client';
import { pino } from 'pino';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { buildApp } from './build.js';
import { startAppServer } from './server/app.js';
import { seedDemo } from './server/demo.js';
import { findChromium } from './test/support/chromium.js';

const images = join(import.meta.dirname, '../../docs/images');
const account = (username: string) => ({ username, password: `the password of ${username}` });
const phone: BrowserContextOptions = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 1.5 };
const desk: BrowserContextOptions = { viewport: { width: 1024, height: 780 }, deviceScaleFactor: 1.25 };

const executablePath = findChromium();
if (executablePath === undefined) throw new Error('Install Chromium, or name it by CHROMIUM.');
const dataDir = await mkdtemp(join(tmpdir(), 'palestra-screenshots-'));
const files = join(dataDir, 'app');
await buildApp({ conditions: ['@palestra/source'], outdir: files });
const log = pino({ level: 'warn' });
const server = await startAppServer({ files, port: 0, dataDir, dba: account('dba'), rateLimit: false, log });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const operators = [account('iron'), account('boulder'), account('town')] as const;
  await seedDemo({ baseUrl: server.url, dba: account('dba'), operators });
  await createClient({ baseUrl: server.url }).auth.register(account('ada'));
  await takeApp(await open(phone));
  await takeDocs(await open(desk));
} finally {
  await browser.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
}

async function open(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({
    baseURL: server.url,
    locale: 'en-GB',
    timezoneId: 'Europe/Vienna',
    reducedMotion: 'reduce',
    ...options,
  });
  return context.newPage();
}

async function takeApp(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByLabel('Where, or which gym?').fill('Henndorf');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('heading', { name: 'Around Henndorf' }).waitFor();
  await page.locator('.gym').first().waitFor();
  await shoot(page, 'gyms');
  await page.goto('/sign-in');
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill(account('ada').password);
  await page.locator('form button[type=submit]').click();
  await page.getByRole('link', { name: /Iron Temple Henndorf/ }).click();
  await page.getByRole('link', { name: 'Buy Ten visits' }).click();
  await page.getByRole('button', { name: /^Pay/ }).click();
  await page.locator('svg.qr').waitFor();
  await shoot(page, 'pass');
}

async function takeDocs(page: Page): Promise<void> {
  await page.goto('/docs');
  await page.getByText('/api/gpk').first().waitFor();
  await shoot(page, 'docs');
}

/** As WebP, which Playwright itself does not write: a tenth of the PNG. */
async function shoot(page: Page, name: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
  await writeFile(join(images, `${name}.webp`), Buffer.from(data, 'base64'));
  console.log(`docs/images/${name}.webp, ${Math.round((data.length * 3) / 4 / 1024)} KiB`);
}
