const { client } = getApp();

/** The code is good for a minute. */
const renewMs = 30000;

Page({
  data: { name: '', count: 0, code: '' },

  async onLoad({ id }) {
    this.id = id;
    await this.renew();
    this.timer = setInterval(() => this.renew(), renewMs);
  },

  onUnload() {
    clearInterval(this.timer);
  },

  /** Offline, the last code stays on the screen. */
  async renew() {
    const record = await client.transaction.get(this.id).catch(() => undefined);
    if (record) this.setData({ name: record.merchandise.name, count: record.count, code: record.qr });
  },
});
