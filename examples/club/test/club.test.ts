/** The coach's page in Chromium, against a real server: sign in, see the club, make a team, add and remove a player. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shareSealingKey } from '@palestra/server/testing';
import { expect } from 'chai';
import { pino } from 'pino';
import { type Browser, chromium, type Page } from 'playwright-core';
import { seedClub } from '../seed.mjs';
import { startClub } from '../server.mjs';

const person = (username: string, firstName: string, lastName: string) => ({
  username,
  password: `the password of ${username}`,
  firstName,
  lastName,
});
const dba = { username: 'dba', password: 'the password of the dba' };
const mia = person('mia@example.org', 'Mia', 'Huber');
const browsers = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
const executablePath = process.env.CHROMIUM ?? browsers.find(existsSync);

describe('the page of a coach', function () {
  this.timeout(240_000);

  let dataDir: string;
  let server: Awaited<ReturnType<typeof startClub>>;
  let browser: Browser | undefined;
  const complaints: string[] = [];

  before(async function () {
    if (executablePath === undefined && process.env.REQUIRE_ALL !== '1') return this.skip();
    const args = ['--no-sandbox', '--disable-gpu'];
    browser = await chromium.launch({ args, ...(executablePath !== undefined && { executablePath }) });
    dataDir = await mkdtemp(join(tmpdir(), 'palestra-club-'));
    await shareSealingKey(dataDir);
    const log = pino({ level: 'silent' });
    server = await startClub({
      port: 0,
      dataDir,
      dba,
      log,
      rateLimit: false,
      checkAnswers: true,
      conditions: ['@palestra/source'],
    });
    await seedClub({
      baseUrl: server.url,
      dba,
      operator: person('club@example.org', 'Ida', 'Berger'),
      coach: mia,
      players: [person('lea@example.org', 'Lea', 'Gruber'), person('noah@example.org', 'Noah', 'Wagner')],
    });
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  });

  async function open(): Promise<Page> {
    const page = await (browser as Browser).newPage();
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on(
      'console',
      (message) => message.text().includes('Content Security Policy') && complaints.push(message.text()),
    );
    page.setDefaultTimeout(60_000);
    await page.goto(server.url);
    return page;
  }

  async function signIn(page: Page, password: string): Promise<void> {
    await page.getByLabel('Email', { exact: true }).fill(mia.username);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  const players = (page: Page) => page.locator('#players li').allInnerTexts();

  it('says why a sign-in fails', async () => {
    const page = await open();
    await signIn(page, 'not the password');
    await page.getByRole('alert').filter({ hasText: 'The user name or the password is wrong.' }).waitFor();
    await page.close();
  });

  it('shows teams, players and games, makes a team and fills it', async () => {
    const page = await open();
    await signIn(page, mia.password);
    await page.getByText('Lea Gruber').waitFor();
    await page.getByText('Star Sprint: 5 min').waitFor();
    expect(await players(page)).to.have.length(2);

    await page.getByLabel('New team').fill('U12');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.locator('[aria-current="true"]').filter({ hasText: 'U12' }).waitFor();
    await page.waitForFunction('document.querySelectorAll("#players li").length === 0');

    await page.getByLabel('Player’s email').fill('noah@example.org');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText('Noah Wagner').waitFor();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Noah Wagner').waitFor({ state: 'detached' });

    await page.getByLabel('Player’s email').fill('nobody@example.org');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('alert').filter({ hasText: 'not found' }).waitFor();

    await page.reload();
    await page.getByRole('button', { name: 'First team' }).click();
    await page.getByText('Noah Wagner').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(complaints).to.deep.equal([]);
    await page.close();
  });
});
