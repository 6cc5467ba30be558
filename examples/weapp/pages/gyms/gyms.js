const { client } = getApp();

Page({
  data: { gyms: [], failure: '' },

  onLoad() {
    this.pages = client.discovery.gyms({}, { pageSize: 20 }).pages();
    return this.more();
  },

  onReachBottom() {
    return this.more();
  },

  async more() {
    try {
      const { value = [] } = await this.pages.next();
      this.setData({ gyms: [...this.data.gyms, ...value.map(({ _id, name, address }) => ({ _id, name, address }))] });
    } catch (error) {
      this.setData({ failure: error.message });
    }
  },

  open({ currentTarget }) {
    wx.navigateTo({ url: `/pages/gym/gym?id=${currentTarget.dataset.id}` });
  },
});
