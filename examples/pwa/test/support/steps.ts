/** What people do in the app, as tests repeat it. */
import type { Page } from 'playwright-core';
import type { DemoAccount } from '../../server/demo.js';
import { account, type Town } from './town.js';

export const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] };

export function heading(page: Page, name: string | RegExp): Promise<void> {
  return page.getByRole('heading', { level: 1, name }).waitFor();
}

export async function enter(page: Page, { username, password }: DemoAccount): Promise<void> {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.locator('form button[type=submit]').click();
}

/** A new member, on the screen of an order at the first gym. */
export async function order(page: Page, town: Town, username: string, offer: string): Promise<void> {
  await page.goto(`/register?next=/gyms/${town.gyms[0]?._id}`);
  await enter(page, account(username));
  await page.getByRole('link', { name: `Buy ${offer}` }).click();
  await heading(page, 'Your order');
}

/** A new member with a pass, on its screen. */
export async function buy(page: Page, town: Town, username: string, offer: string): Promise<void> {
  await order(page, town, username, offer);
  await page.getByRole('button', { name: 'Pay' }).click();
  await page.locator('svg.qr').waitFor();
}

/** The code on the screen, by way of the clipboard. */
export async function copiedCode(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Copy the code' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  return page.evaluate<string>('navigator.clipboard.readText()');
}

/** A code that was never shown before. */
export async function freshCode(page: Page): Promise<string> {
  await page.reload();
  return copiedCode(page);
}

export async function openDoor(page: Page, username: string, offer = 'Ten visits'): Promise<void> {
  await page.goto('/sign-in?next=/door');
  await enter(page, account(username));
  await heading(page, 'At the door');
  await page.getByLabel('Admit with').selectOption({ label: offer });
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await heading(page, 'Find a gym');
}

/** Pastes a code at the door; what the door says. */
export async function paste(page: Page, code: string): Promise<string> {
  const verdicts = page.locator('.log li');
  const before = await verdicts.count();
  await page.getByLabel('Code of the pass').fill(code);
  await page.getByRole('button', { name: 'Let in' }).click();
  await verdicts.nth(before).waitFor();
  return page.locator('.verdict').innerText();
}
