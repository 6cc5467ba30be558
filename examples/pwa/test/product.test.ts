/** What makes an example a product: texts that help, ways back, two languages, and room used where there is some. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { describeInChromium, picture, shoot } from './support/browser.js';
import { buy, clipboard, copiedCode, enter, heading, openDoor, paste } from './support/steps.js';
import { account } from './support/town.js';

describeInChromium('the app as a product', (stage) => {
  const searched = (page: Page) => page.getByLabel('Where, or which gym?');

  it('says in its own words that a user name is taken', async () => {
    const { page } = await stage().phone();
    await page.goto('/register');
    await enter(page, account('iron'));
    await page.getByRole('alert').filter({ hasText: 'This user name is taken. Choose another one.' }).waitFor();
    expect(await page.getByLabel('User name').getAttribute('aria-invalid')).to.equal('true');
  });

  it('leads back from an address that does not exist, and from a gym that is gone', async () => {
    const { page } = await stage().phone();
    expect((await page.goto('/nowhere/at/all'))?.status()).to.equal(404);
    await heading(page, 'Nothing here');
    await page.getByRole('link', { name: 'Back to the gyms' }).click();
    await heading(page, 'Find a gym');
    await page.goto('/gyms/999999999999');
    await heading(page, 'No such gym');
    await page.getByRole('link', { name: 'Back to the gyms' }).click();
    await heading(page, 'Find a gym');
  });

  it('finds gyms by name, and has the search in the address', async () => {
    const { page } = await stage().phone();
    await page.goto('/');
    await searched(page).fill('yoga loft');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Gyms named “yoga loft”' }).waitFor();
    await page.locator('.gym').first().waitFor();
    const names = await page.locator('.gym strong').allInnerTexts();
    expect(names).to.have.length(10);
    expect(names.filter((name) => !name.startsWith('Yoga Loft'))).to.deep.equal([]);
    expect(new URL(page.url()).search).to.equal('?q=yoga%20loft');
    await page.goto('/?q=Mondsee');
    await page.getByRole('heading', { name: 'Around Mondsee' }).waitFor();
    expect(await searched(page).inputValue()).to.equal('Mondsee');
    await page.goto('/?q=Atlantis');
    await page.getByText('No gym is known at “Atlantis”').waitFor();
    expect(await page.locator('.gym').count()).to.equal(0);
    await page.getByRole('link', { name: 'Show all gyms' }).click();
    await page.locator('.gym').first().waitFor();
  });

  it('shows the shape of a list while it loads, and nothing to press', async () => {
    const { page } = await stage().phone({ serviceWorkers: 'block' });
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/discovery/gym**', async (route) => {
      await asked;
      await route.continue();
    });
    await page.goto('/');
    await page.getByRole('img', { name: 'Loading …' }).waitFor();
    expect(await page.getByRole('button', { name: 'Show more' }).count()).to.equal(0);
    answer();
    await page.locator('.gym').first().waitFor();
    expect(await page.getByRole('img', { name: 'Loading …' }).count()).to.equal(0);
  });

  it('says why it asks to sign in', async () => {
    const { page } = await stage().phone();
    await page.goto('/passes');
    await page.getByText('Sign in to see your passes.').waitFor();
  });

  it('shows passes that it has seen, offline, without a code, and forgets them at the sign-out', async () => {
    const { town, phone } = stage();
    const { context, page } = await phone();
    await buy(page, town, 'oda', 'Ten visits');
    await page.evaluate('navigator.serviceWorker.ready');
    await page.goto('/passes');
    await page.locator('a.pass').waitFor();
    expect(await page.evaluate<string>(`localStorage.getItem('passes')`)).not.to.match(/"qr"/);
    await context.setOffline(true);
    await page.goto('/passes');
    await page.getByText('You are offline. This is what was known at').waitFor();
    await page.locator('a.pass', { hasText: '10 visits left' }).click();
    await heading(page, 'Ten visits');
    await page.getByText('The code for the door needs a connection.').waitFor();
    expect(await page.locator('svg.qr').count()).to.equal(0);
    await context.setOffline(false);
    await page.locator('svg.qr').waitFor();
    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading(page, 'Find a gym');
    expect(await page.evaluate(`localStorage.getItem('passes')`)).to.equal(null);
  });

  it('shows the whole code without scrolling, on a phone', async () => {
    const { town, phone } = stage();
    const { page } = await phone();
    await buy(page, town, 'ute', 'Ten visits');
    const box = await page.locator('svg.qr').boundingBox();
    const tabs = await page.locator('#tabs').boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 0)).to.be.below(tabs?.y ?? 0);
  });

  it('changes names, email and password', async () => {
    const { town, phone } = stage();
    const { page } = await phone();
    await page.goto('/register?next=/account');
    await enter(page, account('gil'));
    await heading(page, 'gil');
    await page.getByText('About you').click();
    await page.getByLabel('First name').fill('Gil');
    await page.getByLabel('Email').fill('gil@club.example');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Saved' }).waitFor();
    await page.reload();
    await page.getByText('About you').click();
    expect(await page.getByLabel('First name').inputValue()).to.equal('Gil');
    await page.locator('summary', { hasText: 'Change the password' }).click();
    await page.getByLabel('Old password').fill('not the password');
    await page.getByLabel('New password').fill('another long password');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByRole('alert').filter({ hasText: 'The old password is wrong.' }).waitFor();
    await page.getByLabel('Old password').fill(account('gil').password);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('Your password is changed. Sign in with the new one.').waitFor();
    await enter(page, { username: 'gil', password: 'another long password' });
    await heading(page, 'gil');
    expect(town.wire()).not.to.include('another long password');
  });

  it('speaks German where the browser does, and the language that is chosen', async () => {
    const { town, phone } = stage();
    const { page } = await phone({ locale: 'de-AT' });
    await page.goto(`/gyms/${town.gyms[0]?._id}`);
    await page.getByRole('heading', { name: 'Pässe und Kurse' }).waitFor();
    await page.locator('.offer').first().waitFor();
    expect(await page.locator('.offer .price').first().innerText()).to.match(/^€\s99,00$/);
    expect(await page.evaluate('document.documentElement.lang')).to.equal('de');
    await shoot(page, 'german');
    await page.goto('/register?next=/account');
    await page.getByLabel('Benutzername').fill('ulf');
    await page.getByLabel('Passwort', { exact: true }).fill(account('ulf').password);
    await page.locator('form button[type=submit]').click();
    await heading(page, 'ulf');
    await page.getByLabel('Sprache').selectOption('English');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.goto('/');
    await heading(page, 'Find a gym');
  });

  const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } };
  for (const [name, viewport] of Object.entries(sizes)) {
    it(`uses the room of a ${name} on its main screens`, async () => {
      const { town, phone } = stage();
      const { page } = await phone({ viewport, deviceScaleFactor: 1, ...clipboard });
      const shot = (screen: string) => picture(page, `${screen}-${name}`);
      await page.goto('/?q=Salzburg');
      const cards = page.locator('.gym');
      await cards.nth(5).waitFor();
      const [first, second] = [await cards.nth(0).boundingBox(), await cards.nth(1).boundingBox()];
      expect(first?.y === second?.y, 'two columns').to.equal(name === 'desktop');
      await shot('gyms');
      await page.goto(`/gyms/${town.gyms[1]?._id}`);
      await page.locator('.offer').nth(3).waitFor();
      await shot('gym');
      await buy(page, town, `sue-${name}`, 'Ten visits');
      await shot('pass');
      const code = await copiedCode(page);
      await page.getByRole('link', { name: 'Account' }).click();
      await heading(page, `sue-${name}`);
      for (const part of ['About you', 'Where you are signed in']) await page.getByText(part).click();
      await page.getByLabel('Email').waitFor();
      await shot('account');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await openDoor(page, 'iron');
      expect(await paste(page, code)).to.match(/Come in/);
      await shot('door');
    });
  }
});
