/** Where purchases require a verified email: the way to one is a code from the mailbox of the buyer. */
import { describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { openShop, type Shop } from './support/shop.js';

describeOnEachDatabase('a purchase that requires a verified email', (fresh) => {
  let shop: Shop;
  before(async () => {
    shop = await openShop({ database: await fresh(), config: { transaction: { requireVerifiedEmail: true } } });
  });
  after(() => shop.host.stop());

  it('is refused until the email is verified, and says how', async () => {
    const { host } = shop;
    const buyer = await host.account();
    const merchandiseId = await shop.sell({ stock: 1 });
    const buy = () =>
      host.request('POST', '/api/perform_transaction', {
        token: buyer.token,
        json: { merchandiseId, paymentMethod: 'sandbox' },
      });
    const refused = await buy();
    expect([refused.status, refused.body.exceptionType]).to.deep.equal([403, 'UnverifiedEmailError']);
    expect(refused.body.exceptionMessage).to.contain('/api/profile/email/send');
    expect(await shop.stock(merchandiseId)).to.equal(1);
    await host.palestra.database().knex('account').where({ id: buyer.id }).update({ email_verified: 1 });
    expect((await buy()).status).to.equal(201);
  });
});
