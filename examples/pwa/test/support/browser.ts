/** Chromium on the demo town: one of each a test run, and a phone of its own for every test. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { demandChromium, launchChromium } from './chromium.js';
import { sharedTown, type Town } from './town.js';

const artifacts = join(import.meta.dirname, '../../artifacts');

const camera = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'];

export interface Phone {
  readonly context: BrowserContext;
  readonly page: Page;
}

export interface Stage {
  readonly town: Town;
  /** Storage, caches and service worker of its own. */
  phone(options?: BrowserContextOptions): Promise<Phone>;
  /** What the cameras see. */
  readonly cameraFile: string;
}

/** What went wrong in a page that no screen shows: a script that threw, a policy that was broken. */
const complaints: string[] = [];
const contexts: BrowserContext[] = [];
let opened: Promise<Stage> | undefined;
let browser: Browser | undefined;

/** The tests of `suite` in Chromium; without it they are skipped, unless `REQUIRE_ALL=1` (as CI sets it). */
export function describeInChromium(title: string, suite: (stage: () => Stage) => void): void {
  describe(title, function () {
    this.timeout(60_000);
    let stage: Stage;
    before(async function () {
      const program = demandChromium(this);
      opened ??= open(program);
      stage = await opened;
    });
    afterEach(async () => {
      await Promise.all(contexts.splice(0).map((context) => context.close()));
      const found = complaints.splice(0);
      if (found.length > 0) throw new Error(`The page complained: ${found.join('; ')}`);
    });
    suite(() => stage);
  });
}

after(async () => {
  await browser?.close();
});

async function open(program: string): Promise<Stage> {
  const town = await sharedTown();
  const cameraFile = join(town.folder, 'camera.y4m');
  // A profile of its own, gone with the browser.
  const launched = await launchChromium(program, [...camera, `--use-file-for-fake-video-capture=${cameraFile}`]);
  browser = launched;
  return { town, cameraFile, phone: (options) => takePhone(launched, town, options) };
}

async function takePhone(browser: Browser, town: Town, options: BrowserContextOptions = {}): Promise<Phone> {
  const context = await browser.newContext({
    baseURL: town.url,
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    locale: 'en-GB',
    timezoneId: 'Europe/Vienna',
    reducedMotion: 'reduce',
    ...options,
  });
  contexts.push(context);
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (/Content Security Policy|Uncaught/.test(message.text())) complaints.push(message.text());
  });
  return { context, page };
}

/** With `SCREENSHOTS=1`, a picture of the screen in `artifacts`. */
export function shoot(page: Page, name: string): Promise<void> {
  return takePicture(page, artifacts, name);
}

const screenshots = join(import.meta.dirname, '../../screenshots');

/** With `SCREENSHOTS=1`, a picture for the README. */
export function picture(page: Page, name: string): Promise<void> {
  return takePicture(page, screenshots, name);
}

async function takePicture(page: Page, folder: string, name: string): Promise<void> {
  if (process.env.SCREENSHOTS !== '1') return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
