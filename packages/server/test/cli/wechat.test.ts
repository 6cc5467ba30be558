/** What the environment says of sign-in by WeChat. */
import { expect } from 'chai';
import { readWechatSignIn } from '../../src/cli/wechat.js';

const app = { PALESTRA_WECHAT_APP_ID: 'wx1', PALESTRA_WECHAT_APP_SECRET: 'a secret' };

describe('sign-in by WeChat in the environment', () => {
  it('is not configured unless it says so', () => {
    expect(readWechatSignIn({})).to.equal(undefined);
    expect(readWechatSignIn({ PALESTRA_WECHAT_APP_ID: 'wx1', PALESTRA_WECHAT_TRUST_OPENID: '' })).to.equal(undefined);
  });

  it('is one app, of either kind, at WeChat or somewhere else', () => {
    expect(readWechatSignIn(app)).to.deep.equal({ apps: [{ appId: 'wx1', appSecret: 'a secret' }] });
    const more = { ...app, PALESTRA_WECHAT_LOGIN: 'oauth', PALESTRA_WECHAT_LOGIN_BASE_URL: 'http://fake' };
    expect(readWechatSignIn(more)).to.deep.equal({
      apps: [{ appId: 'wx1', appSecret: 'a secret', kind: 'oauth' }],
      baseUrl: 'http://fake',
    });
  });

  it('trusts an openid where it is switched on', () => {
    expect(readWechatSignIn({ PALESTRA_WECHAT_TRUST_OPENID: 'on' })).to.deep.equal({ trustOpenid: true });
  });

  it('says which variable is wrong, and not what the secret is', () => {
    const wrong: [NodeJS.ProcessEnv, RegExp][] = [
      [{ PALESTRA_WECHAT_APP_SECRET: 'a secret' }, /PALESTRA_WECHAT_APP_ID/],
      [{ ...app, PALESTRA_WECHAT_LOGIN: 'both' }, /mini-program or oauth/],
      [{ PALESTRA_WECHAT_TRUST_OPENID: 'yes' }, /on or off/],
    ];
    for (const [env, message] of wrong) {
      expect(() => readWechatSignIn(env)).to.throw(message);
      expect(() => readWechatSignIn(env)).not.to.throw(/a secret/);
    }
  });
});
