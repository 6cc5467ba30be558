/** Sign-in by WeChat from environment variables. */
import { expect } from 'chai';
import { settingsOf } from '../../src/environment/plugin-variables.js';
import { configSchema, environment } from '../../src/identity/config.js';
import { smallPlugin } from '../host/small-plugin.js';

const identity = smallPlugin('identity', { config: configSchema, environment });
const app = { PALESTRA_WECHAT_APP_ID: 'wx1', PALESTRA_WECHAT_APP_SECRET: 'a secret' };

describe('sign-in by WeChat in the environment', () => {
  const settings = (variables: Record<string, string>) => settingsOf(identity, variables, undefined);

  it('is configured by the secret of an app', () => {
    expect(settings({})).to.equal(undefined);
    expect(settings({ PALESTRA_WECHAT_APP_ID: 'wx1', PALESTRA_WECHAT_TRUST_OPENID: '' })).to.equal(undefined);
    expect(settings(app)).to.deep.equal({ wechat: { apps: [{ appId: 'wx1', appSecret: 'a secret' }] } });
  });

  it('is of either kind, at WeChat or somewhere else', () => {
    const more = { ...app, PALESTRA_WECHAT_LOGIN: 'oauth', PALESTRA_WECHAT_LOGIN_BASE_URL: 'http://fake' };
    expect(settings(more)).to.deep.equal({
      wechat: { apps: [{ appId: 'wx1', appSecret: 'a secret', kind: 'oauth' }], baseUrl: 'http://fake' },
    });
  });

  it('trusts an openid where it is switched on', () => {
    expect(settings({ PALESTRA_WECHAT_TRUST_OPENID: 'on' })).to.deep.equal({ wechat: { trustOpenid: true } });
  });

  it('says which variable is wrong', () => {
    expect(() => settings({ ...app, PALESTRA_WECHAT_LOGIN: 'both' })).to.throw(
      'PALESTRA_WECHAT_LOGIN must be mini-program or oauth, not "both".',
    );
    expect(() => settings({ PALESTRA_WECHAT_TRUST_OPENID: 'yes' })).to.throw(
      'PALESTRA_WECHAT_TRUST_OPENID must be on or off, not "yes".',
    );
  });
});
