const { createClient } = require('@palestra/client');
const { weapp, wxLogin } = require('@palestra/client/weapp');
const { baseUrl } = require('./config.js');

App({
  client: createClient({ baseUrl, ...weapp(wx) }),

  /** WeChat asks the user nothing for this. The session lasts, so that it is rarely needed. */
  async signIn() {
    const { auth } = this.client;
    if ((await auth.tokens()) === undefined) await auth.signInWechat(await wxLogin(wx));
  },
});
