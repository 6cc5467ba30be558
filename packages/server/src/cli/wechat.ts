/** `PALESTRA_WECHAT_*` as far as they are about sign-in: configuration of identity. */

export type WechatSettings = Readonly<Record<string, unknown>>;

/** Undefined where the environment says nothing. @throws Error naming the variable whose value cannot be used */
export function readWechatSignIn(env: NodeJS.ProcessEnv): WechatSettings | undefined {
  const { PALESTRA_WECHAT_APP_SECRET: appSecret, PALESTRA_WECHAT_LOGIN_BASE_URL: baseUrl } = env;
  const trust = env.PALESTRA_WECHAT_TRUST_OPENID || undefined;
  if (trust !== undefined && trust !== 'on' && trust !== 'off') {
    throw new Error(`PALESTRA_WECHAT_TRUST_OPENID is on or off, not ${trust}.`);
  }
  const settings = {
    ...(appSecret && { apps: [readApp(env, appSecret)] }),
    ...(baseUrl && { baseUrl }),
    ...(trust && { trustOpenid: trust === 'on' }),
  };
  return Object.keys(settings).length === 0 ? undefined : settings;
}

function readApp(env: NodeJS.ProcessEnv, appSecret: string): object {
  const { PALESTRA_WECHAT_APP_ID: appId, PALESTRA_WECHAT_LOGIN: kind } = env;
  if (!appId) throw new Error('PALESTRA_WECHAT_APP_SECRET needs PALESTRA_WECHAT_APP_ID beside it.');
  if (kind && kind !== 'mini-program' && kind !== 'oauth') {
    throw new Error(`PALESTRA_WECHAT_LOGIN is mini-program or oauth, not ${kind}.`);
  }
  return { appId, appSecret, ...(kind && { kind }) };
}
