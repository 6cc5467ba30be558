/** Gyms by distance, and a list that is longer than a screen. */
import { expect } from 'chai';
import { describeInChromium } from './support/browser.js';

describeInChromium('finding a gym in the app', (stage) => {
  it('pages a long list in as it scrolls', async () => {
    const { page } = await stage().phone();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/api/discovery/gym')) asked.push(request.url());
    });
    await page.goto('/');
    const cards = page.locator('.gym');
    await cards.first().waitFor();
    expect(await cards.count()).to.equal(20);
    expect(asked).to.have.length(1);
    for (const count of [40, 60]) {
      await cards.last().scrollIntoViewIfNeeded();
      await page.getByText(`${count} gyms shown`).waitFor({ state: 'attached' });
      expect(await cards.count()).to.equal(count);
    }
    const names = await page.locator('.gym strong').allInnerTexts();
    expect(new Set(names).size).to.equal(60);
  });

  it('is where it was on the way back', async () => {
    const { page } = await stage().phone();
    await page.goto('/');
    const cards = page.locator('.gym');
    await cards.nth(19).scrollIntoViewIfNeeded();
    await page.getByText('40 gyms shown').waitFor({ state: 'attached' });
    await cards.nth(35).scrollIntoViewIfNeeded();
    const [name, top] = [await cards.nth(35).locator('strong').innerText(), await page.evaluate<number>('scrollY')];
    expect(top).to.be.above(1_000);
    const count = await cards.count();
    await cards.nth(35).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Find a gym' }).waitFor();
    expect(await cards.count()).to.be.at.least(count);
    expect(await page.evaluate<number>('scrollY')).to.equal(top);
    expect(await page.evaluate('document.activeElement.innerText')).to.include(name);
  });

  it('goes on behind what is shown when a page fails', async () => {
    const { page } = await stage().phone({ serviceWorkers: 'block' });
    await page.goto('/');
    const cards = page.locator('.gym');
    await cards.first().waitFor();
    await page.route('**/api/discovery/**', (route) => route.abort());
    await cards.last().scrollIntoViewIfNeeded();
    await page.getByText('You are offline, or the server cannot be reached.').waitFor();
    await page.unroute('**/api/discovery/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('40 gyms shown').waitFor({ state: 'attached' });
    const names = await page.locator('.gym strong').allInnerTexts();
    expect(new Set(names).size).to.equal(40);
  });

  it('goes by the location of the device, and by what is typed where there is none', async () => {
    const geolocation = { longitude: 13.0455, latitude: 47.8009 };
    const { context, page } = await stage().phone({ geolocation, permissions: ['geolocation'] });
    await page.goto('/');
    await page.getByRole('button', { name: 'Use my location' }).click();
    await page.getByRole('heading', { name: 'Around your location' }).waitFor();
    await page.locator('.distance').first().waitFor();
    expect(await page.locator('.gym').first().innerText()).to.match(/Salzburg/);
    await context.clearPermissions();
    await page.getByRole('button', { name: 'Use my location' }).click();
    await page.getByRole('alert').filter({ hasText: 'Type where you are instead.' }).waitFor();
    expect(await page.evaluate('document.activeElement.name')).to.equal('place');
    await page.keyboard.type('47.684, 13.097');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Around 47.684, 13.097' }).waitFor();
    await page.locator('.distance').first().waitFor();
    expect(await page.locator('.gym').first().innerText()).to.match(/Hallein/);
    await page.getByLabel('Where, or which gym?').fill('Atlantis');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'No gym is known at “Atlantis”' }).waitFor();
  });
});
