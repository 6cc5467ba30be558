/** What an integrator may configure of identity. */
import type { EnvironmentVariable, Schema } from '@palestra/core';
import type { TokenAlgorithm, WechatApp } from '@palestra/core/auth';
import type { operations, SealedBodies } from './contract.generated.js';

export interface IdentityConfig {
  readonly issuer: string;
  readonly audience?: string;
  readonly tokenAlgorithm: TokenAlgorithm;
  readonly userTokenSeconds: number;
  readonly adminTokenSeconds: number;
  readonly clubTokenSeconds: number;
  readonly refreshIdleSeconds: number;
  readonly refreshAbsoluteSeconds: number;
  readonly confirmEmail?: boolean;
  readonly registration: 'open' | 'closed';
  readonly hideUserExistence: boolean;
  readonly replayProtection: 'optional' | 'required';
  readonly wechat: WechatConfig;
}

export interface WechatConfig {
  /** The first one unless a request names another. */
  readonly apps: readonly WechatApp[];
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly trustOpenid: boolean;
}

const seconds = (initial: number, maximum: number, description: string): Schema => ({
  type: 'integer',
  minimum: 1,
  maximum,
  default: initial,
  description,
});

const hour = 3600;
const day = 24 * hour;
/** "Expiry in a month" (TNT-Backend API), as a twelfth of a year of 365 days. */
const month = 2_628_000;

const wechatApp: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['appId', 'appSecret'],
  properties: {
    appId: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'App ID on the WeChat platform.' },
    appSecret: { type: 'string', minLength: 1, writeOnly: true, description: 'App secret of sign-in by WeChat.' },
    kind: {
      enum: ['mini-program', 'oauth'],
      default: 'mini-program',
      description: 'Codes are exchanged by `sns/jscode2session` or by `sns/oauth2/access_token`.',
    },
  },
};

const wechat: Schema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  properties: {
    apps: { type: 'array', items: wechatApp, default: [], description: 'None unless set: then no code is taken.' },
    baseUrl: {
      type: 'string',
      format: 'uri',
      default: 'https://api.weixin.qq.com',
      description: 'Where WeChat exchanges codes.',
    },
    timeoutMs: { type: 'integer', minimum: 100, maximum: 4_500, default: 4_000, description: 'For one exchange.' },
    trustOpenid: {
      type: 'boolean',
      default: false,
      description: 'Accept a sealed openid without asking WeChat: everyone who knows it can sign in as its owner.',
    },
  },
};

export const configSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    issuer: { type: 'string', minLength: 1, default: 'palestra', description: 'Claim `iss` of every token.' },
    audience: { type: 'string', minLength: 1, description: 'Claim `aud` of every token; none unless set.' },
    tokenAlgorithm: {
      enum: ['HS256', 'ES256', 'RS256'],
      default: 'HS256',
      description: 'Exactly one is accepted; the asymmetric ones let others verify through the JWK Set.',
    },
    userTokenSeconds: seconds(hour, day, 'Access token of `tnt-user-auth-scheme`, registration and refresh.'),
    adminTokenSeconds: seconds(month, month, 'Access token of `tnt-admin-auth-scheme`.'),
    clubTokenSeconds: seconds(hour, hour, "Token of the club API's login."),
    refreshIdleSeconds: seconds(7 * day, 30 * day, 'How long an unused refresh token lives.'),
    refreshAbsoluteSeconds: seconds(30 * day, 365 * day, 'How long a sign-in can be refreshed.'),
    confirmEmail: {
      type: 'boolean',
      description:
        'Whether a new email of a user takes effect only when a code that is sent there has come back; by default where mail can be sent.',
    },
    registration: {
      enum: ['open', 'closed'],
      default: 'open',
      description: 'Whether people may make accounts for themselves, by whichever operation.',
    },
    hideUserExistence: {
      type: 'boolean',
      default: false,
      description: "The club API's login answers an unknown user as a wrong password.",
    },
    replayProtection: {
      enum: ['optional', 'required'],
      default: 'optional',
      description: 'Whether every sealed value must carry `iat` and `jti`.',
    },
    wechat,
  },
};

/** WeChat for one app; several are set in `config.identity.wechat.apps`. */
export const environment: readonly EnvironmentVariable[] = [
  { name: 'PALESTRA_REGISTRATION', setting: '/registration' },
  { name: 'PALESTRA_WECHAT_APP_ID', setting: '/wechat/apps/0/appId', with: 'PALESTRA_WECHAT_APP_SECRET' },
  { name: 'PALESTRA_WECHAT_APP_SECRET', setting: '/wechat/apps/0/appSecret' },
  { name: 'PALESTRA_WECHAT_LOGIN', setting: '/wechat/apps/0/kind', with: 'PALESTRA_WECHAT_APP_SECRET' },
  { name: 'PALESTRA_WECHAT_LOGIN_BASE_URL', setting: '/wechat/baseUrl' },
  { name: 'PALESTRA_WECHAT_TRUST_OPENID', setting: '/wechat/trustOpenid' },
];

/** A handler of a sealed body gets its plaintext, which the host has opened and validated. */
export type Opened<Operations, Plaintexts> = {
  [Id in keyof Operations]: Id extends keyof Plaintexts
    ? Omit<Operations[Id], 'requestBody'> & { requestBody: { content: { 'application/json': Plaintexts[Id] } } }
    : Operations[Id];
};

/** As handlers see them. */
export type IdentityOperations = Opened<operations, Pick<SealedBodies, 'register' | 'authenticateByWechat'>>;
