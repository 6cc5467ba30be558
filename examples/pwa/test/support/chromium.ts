/** Where Chromium is on this machine, and how tests start it. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** The shell first: the same engine without windows, menus and their services, for less than half of the CPU. */
const names = [
  'chromium-headless-shell',
  'chrome-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome.exe',
  'msedge.exe',
];
const elsewhere = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** `CHROMIUM`, or the first of these browsers in `PATH` or at its usual place; undefined where there is none. */
export function findChromium(): string | undefined {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...elsewhere].find(isExecutable);
}

/** Skips the suite of `context` where there is no Chromium, unless `REQUIRE_ALL=1` (as CI sets it) demands it. */
export function demandChromium(context: Mocha.Context): string {
  const found = findChromium();
  if (found !== undefined) return found;
  if (process.env.REQUIRE_ALL !== '1') return context.skip();
  throw new Error('Chromium is not installed, and REQUIRE_ALL=1 demands it. Install it, or name it by CHROMIUM.');
}

/** Signals stay with the test run: it would go on after Playwright had closed the browser. */
export function launchChromium(executablePath: string, more: readonly string[] = []): Promise<Browser> {
  const ours = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  return chromium.launch({ executablePath, args: [...flags, ...more], ...ours });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
