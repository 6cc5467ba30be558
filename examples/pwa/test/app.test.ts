/**
 * What the app does when requests are lost, refused or come too late: the whole app, on the fake server of
 * `@palestra/client/testing`, without a browser.
 */
import type { Merchandise } from '@palestra/client';
import { expect } from 'chai';
import { type FakePage, openPage } from './support/fake-page.js';

const jon = { username: 'jon', password: 'correct horse battery' };
const olga = { username: 'olga', password: 'only the owner knows' };

describe('the app on the fake server', function () {
  this.timeout(240_000);
  let page: FakePage;
  let gym: string;
  let pass: Merchandise;
  beforeEach(async () => {
    page = await openPage();
    const { server } = page;
    server.user(jon);
    server.user({ ...olga, role: 'operator' });
    gym = server.gym({ name: 'Iron Temple', services: ['Sauna'] })._id;
    const price = { amount: 9_900, currency: 'EUR' };
    pass = server.merchandise({ name: 'Ten visits', type: 2, gym, price, count: 10, stock: 3 });
    server.on('listWorkplaces', () => []);
  });
  afterEach(() => page.close());

  const sent = (operationId: string) => page.server.requests.filter((each) => each.operationId === operationId).length;
  const stock = () => (page.server.find('merchandise', pass._id) as Merchandise).stock;
  const order = () => page.start(`/gyms/${gym}/buy/${pass._id}`);
  /** Bought by Jon, and paid, before the app started. */
  async function bought(): Promise<string> {
    const client = await page.signIn(jon);
    const { transactionRecordId, prepayId } = await client.transaction.perform({
      merchandiseId: pass._id,
      paymentMethod: 'sandbox',
    });
    await client.transaction.verify({ transactionRecordId, transactionId: prepayId });
    return transactionRecordId;
  }

  describe('buying', () => {
    beforeEach(() => page.signIn(jon));

    /** On the page of a purchase whose payment was not answered. */
    async function pressInUnpaid(button: string): Promise<void> {
      await order();
      page.server.fail('verifyTransaction', 'lost', 3);
      page.press('Pay €99.00');
      await page.until(() => page.alert() !== '');
      page.go('/passes');
      await page.until(() => page.text().includes('Not paid yet'));
      page.press('Ten visits');
      await page.until(() => page.text().includes(button));
      page.press(button);
    }

    it('is one purchase however many replies are lost, within a press and over several', async () => {
      await order();
      // Three tries a press: the first press fails for good, the second one gets the answer of the first.
      page.server.fail('performTransaction', 'reply_lost', 4);
      page.press('Pay €99.00');
      await page.until(() => page.alert() !== '');
      expect(page.alert()).to.equal('You are offline, or the server cannot be reached.');
      expect([page.path(), stock()]).to.deep.equal([`/gyms/${gym}/buy/${pass._id}`, 2]);
      page.press('Pay €99.00');
      await page.until(() => page.path().startsWith('/passes/') && page.text().includes('visits left'));
      expect(page.text()).to.include('Iron Temple').and.to.include('10visits left').and.to.include('Active');
      expect([sent('performTransaction'), sent('verifyTransaction'), stock()]).to.deep.equal([1, 1, 2]);
    });

    it('leaves a purchase whose payment is unknown to be completed from its page, once', async () => {
      await pressInUnpaid('Complete the payment');
      await page.until(() => page.text().includes('Active'));
      expect([sent('performTransaction'), stock()]).to.deep.equal([1, 2]);
    });

    it('cancels an unpaid one, and the stock is back', async () => {
      await pressInUnpaid('Cancel the purchase');
      await page.until(() => page.text().includes('Canceled'));
      expect(stock()).to.equal(3);
    });

    it('says what the server says: sold out, an email to verify, a payment that was declined', async () => {
      await order();
      const press = async () => {
        page.press('Pay €99.00');
        await page.until(() => page.alert() !== '');
        return page.alert();
      };
      page.server.fail('performTransaction', 'email_unverified');
      expect(await press()).to.equal('Verify your email address before you buy.');
      page.server.fail('verifyTransaction', 'payment_declined');
      expect(await press()).to.equal('The payment was declined. Nothing was charged.');
      const gone = page.server.merchandise({
        name: 'Sold',
        type: 2,
        gym,
        price: { amount: 1, currency: 'EUR' },
        stock: 0,
      });
      page.go(`/gyms/${gym}/buy/${gone._id}`);
      await page.until(() => page.text().includes('Pay €0.01'));
      page.press('Pay €0.01');
      await page.until(() => page.alert() !== '');
      expect(page.alert()).to.equal('Sold is sold out.');
    });
  });

  describe('a pass', () => {
    it('is shown without a connection as it was seen last, and without the code that opens doors', async () => {
      const id = await bought();
      await page.start(`/passes/${id}`);
      await page.until(() => page.text().includes('Show this at the door'));
      expect(page.window.localStorage.getItem('passes')).to.include('Ten visits').and.not.to.include('fake-qr');
      page.go('/passes');
      await page.until(() => page.text().includes('10 visits left'));
      page.server.fail('getTransactionRecord', 'lost', 3);
      page.press('Ten visits');
      await page.until(() => page.text().includes('You are offline'));
      expect(page.text()).to.include('10visits left').and.to.include('The code for the door needs a connection.');
      expect(page.text()).not.to.include('Show this at the door');
    });

    it('of somebody who signed out is forgotten', async () => {
      await bought();
      await page.start('/passes');
      await page.until(() => page.text().includes('10 visits left'));
      page.go('/account');
      await page.until(() => page.text().includes('Sign out'));
      page.press('Sign out');
      await page.until(() => page.path() === '/');
      for (const key of ['passes', 'member', 'workplaces'])
        expect(page.window.localStorage.getItem(key)).to.equal(null);
    });

    it('leads to the sign-in and back when the session is over', async () => {
      const id = await bought();
      page.server.fail('getTransactionRecord', 'token_expired');
      page.server.fail('refresh', 'token_invalid');
      await page.start(`/passes/${id}`);
      await page.until(() => page.path().startsWith('/sign-in'));
      expect(page.path()).to.equal(`/sign-in?next=${encodeURIComponent(`/passes/${id}`)}`);
      expect(page.window.localStorage.getItem('member')).to.equal(null);
    });
  });

  describe('the door', () => {
    let qr: string;
    beforeEach(async () => {
      const record = await bought();
      qr = `fake-qr-${record}`;
      await page.signIn(olga);
      page.server.on('listWorkplaces', () => [
        { gym, name: 'Iron Temple', owner: true, may: ['admit', 'sell', 'manage'] },
      ]);
      await page.start('/door');
      await page.until(() => page.text().includes('Ten visits'));
    });

    const log = () => [...page.window.document.querySelectorAll('#main .log li')].map(({ textContent }) => textContent);
    async function letIn(code: string): Promise<string | undefined> {
      const { length } = log();
      page.type('code', code);
      page.submit();
      await page.until(() => log().length > length);
      return log()[0];
    }

    it('counts a visit once, though its reply was lost', async () => {
      page.server.fail('verifyTransactionRecord', 'reply_lost', 2);
      expect(await letIn(qr)).to.equal('Come in — Ten visits: 9 visits left');
      expect(await letIn(qr)).to.equal('Come in — Ten visits: 8 visits left');
      expect(sent('verifyTransactionRecord')).to.equal(2);
    });

    it('says why somebody stays outside', async () => {
      const refusals = [
        ['qr_invalid', 'This is not the code of a pass.'],
        ['resource_not_found', 'This pass is from another gym.'],
        ['permission_denied', 'You may not let members in here.'],
        ['invalid_request', 'This is not the code of a pass.'],
      ] as const;
      for (const [code, reason] of refusals) {
        page.server.fail('verifyTransactionRecord', code);
        expect(await letIn(qr), code).to.equal(`Not admitted — ${reason}`);
      }
      page.server.fail('verifyTransactionRecord', 'lost', 3);
      expect(await letIn(qr)).to.equal('Not admitted — You are offline, or the server cannot be reached.');
    });
  });

  describe('a list', () => {
    it('goes on behind what it shows after a page that failed', async () => {
      for (let at = 1; at <= 45; at++) page.server.gym({ name: `Gym ${at}` });
      page.server.fail('discoverGyms', 'unavailable', 3);
      await page.start('/');
      await page.until(() => page.alert() !== '');
      expect(page.alert()).to.equal('The server has a problem. Try again in a while.');
      const shown = () => page.window.document.querySelectorAll('#main .list > li').length;
      page.press('Try again');
      await page.until(() => shown() === 20);
      page.server.fail('discoverGyms', 'lost', 3);
      page.press('Show more');
      await page.until(() => page.alert() !== '');
      expect(shown()).to.equal(20);
      page.press('Try again');
      await page.until(() => shown() === 40);
      page.press('Show more');
      await page.until(() => shown() === 46);
      const names = [...page.window.document.querySelectorAll('#main .list strong')].map(
        ({ textContent }) => textContent,
      );
      expect(new Set(names).size).to.equal(46);
    });
  });
});
