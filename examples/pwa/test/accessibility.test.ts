/** For everybody: by keyboard, by ear, by thumb, by day and by night. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { describeInChromium, shoot } from './support/browser.js';
import { buy, enter, heading, openDoor, paste, signOut } from './support/steps.js';
import { account } from './support/town.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Report {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** Less than 44 px high; a link inside a sentence may be as high as its line. */
const smallTargets = `[...document.querySelectorAll('a, button, input, select')]
  .filter((element) => element.checkVisibility() && !element.closest('p') && !element.matches('.skip'))
  .filter((element) => element.getBoundingClientRect().height < 44)
  .map((element) => element.outerHTML)`;

describeInChromium('the app for everybody', (stage) => {
  it('can be used by keyboard alone: search, open, sign in', async () => {
    const { page } = await stage().phone();
    const { keyboard } = page;
    const focused = () => page.evaluate<string>('document.activeElement.textContent || document.activeElement.name');
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
    await page
      .getByRole('link', { name: /Mondsee/ })
      .first()
      .waitFor();
    await tabTo('Iron Temple Mondsee');
    await keyboard.press('Enter');
    await heading(page, 'Iron Temple Mondsee');
    expect(await focused(), 'the heading of the new screen').to.equal('Iron Temple Mondsee');
    expect(await page.title()).to.equal('Iron Temple Mondsee · Palestra');
    await tabTo('Sign in', 'Shift+Tab');
    await keyboard.press('Enter');
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
  });

  /** Between the two color schemes, nothing but colors differs. */
  const rules = { light: {}, dark: { runOnly: ['color-contrast'] } };

  async function check(page: Page, name: string, colorScheme: keyof typeof rules): Promise<void> {
    await shoot(page, `${colorScheme}-${name}`);
    if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(axe);
    const options = JSON.stringify({ resultTypes: ['violations'], ...rules[colorScheme] });
    const { violations } = await page.evaluate<Report>(`axe.run(document, ${options})`);
    const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    expect(found, name).to.deep.equal([]);
    expect(await page.evaluate<string[]>(smallTargets), `${name}: targets below 44 px`).to.deep.equal([]);
    expect(await page.evaluate('document.documentElement.scrollWidth'), `${name}: as wide as the phone`).to.equal(390);
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`leaves nothing for an accessibility checker to find, in ${colorScheme} colours`, async () => {
      const { town, phone } = stage();
      const { page } = await phone({ colorScheme });
      const checked = (name: string) => check(page, name, colorScheme);
      await page.goto('/');
      await page.getByLabel('Where, or which gym?').fill('Henndorf');
      await page.keyboard.press('Enter');
      await page.locator('.distance').first().waitFor();
      await checked('gyms');
      await page.goto('/sign-in');
      await enter(page, { username: 'nobody', password: 'not the password' });
      await page.getByText('The user name or the password is wrong.').waitFor();
      await checked('sign-in');
      await page.goto('/register');
      await page.getByLabel('Password', { exact: true }).waitFor();
      await checked('register');
      await buy(page, town, `kim-${colorScheme}`, 'Ten visits');
      await checked('pass');
      await page.getByRole('link', { name: 'Passes', exact: true }).click();
      await page.getByText('Iron Temple Henndorf').waitFor();
      await checked('passes');
      await page.goto(`/gyms/${town.gyms[0]?._id}`);
      await page.locator('.offer').first().waitFor();
      await checked('gym');
      await page.getByRole('link', { name: 'Buy Drop in' }).click();
      await heading(page, 'Your order');
      await checked('order');
      await page.getByRole('link', { name: 'Account' }).click();
      await heading(page, `kim-${colorScheme}`);
      await page.locator('summary', { hasText: 'Where you are signed in' }).click();
      await page.getByText('This device').waitFor();
      await checked('account');
      await signOut(page);
      await openDoor(page, 'iron');
      await paste(page, 'nothing');
      await checked('door');
      await page.getByRole('link', { name: 'Staff' }).click();
      await heading(page, 'Staff');
      await checked('staff');
      await page.getByRole('link', { name: 'Door' }).first().click();
      await page.getByRole('link', { name: 'Sales' }).click();
      await page
        .locator('a.pass', { hasText: /Ten visits.*Active/s })
        .first()
        .click();
      await heading(page, 'Ten visits');
      await page.getByText('Give money back').click();
      await checked('sale');
    });
  }
});
