const app = getApp();
const { client } = app;

Page({
  data: { offers: [], failure: '' },

  async onLoad({ id }) {
    const offers = await client.discovery.merchandise({ gym: id });
    this.setData({ offers: offers.map(({ _id, name, price }) => ({ _id, name, price: priceText(price) })) });
  },

  async buy({ currentTarget }) {
    try {
      await app.signIn();
      const merchandiseId = currentTarget.dataset.id;
      const order = { merchandiseId, paymentMethod: 'sandbox' };
      const { transactionRecordId, prepayId } = await client.transaction.perform(order);
      const record = await client.transaction.verify({ transactionRecordId, transactionId: prepayId });
      wx.redirectTo({ url: `/pages/pass/pass?id=${record._id}` });
    } catch (error) {
      this.setData({ failure: textOf(error) });
    }
  },
});

function priceText(price) {
  return price ? `${(price.amount / 100).toFixed(2)} ${price.currency}` : '';
}

/** `wx.login` fails with an `Error`, the client with a `ClientError`, which has a `kind`. */
function textOf({ kind, message }) {
  return kind === 'conflict' ? 'Sold out, or changed meanwhile.' : message;
}
