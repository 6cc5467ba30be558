/** `client.auth` */
import { schemes } from '@palestra/core';
import type { CallOptions } from '../call/call.js';
import type { components } from '../generated/openapi.js';
import { authenticate, authenticateByWechat, logout, register } from '../generated/operations.js';
import type { SessionListener } from '../session/session.js';
import type { Tokens } from '../session/tokens.js';
import type { ClientPlugin } from './plugin.js';
import { withUserPass } from './user-pass.js';

/** User name, or email, and password. @interface */
export type Credentials = components['schemas']['Credentials'];
/** A new member. Only user name and password are required. @interface */
export type Registration = components['schemas']['Registration'];
/** The code of `wx.login`, or the `openid` where the server is configured to trust it. @interface */
export type WechatCredentials = components['schemas']['WechatCredentials'];

/** Registration and sign-in. Passwords are encrypted with the server's key before they are sent; tokens go to the store. */
export interface AuthApi {
  /**
   * Registers a member and signs them in.
   * @throws ClientError `conflict` (the user name is taken), `invalid`
   */
  register(member: Registration, options?: CallOptions): Promise<Tokens>;
  /**
   * Signs in with user name (or email) and password. The session then renews itself.
   * @throws ClientError `auth`, the same whatever is wrong; `rate_limited`
   */
  signIn(credentials: Credentials, options?: CallOptions): Promise<Tokens>;
  /**
   * Signs an administrator in, for a month at most and without renewal. This scheme, the TNT-Backend's, does not encrypt
   * the password: it depends on TLS.
   * @throws ClientError `auth`
   */
  signInAdmin(credentials: Credentials, options?: CallOptions): Promise<Tokens>;
  /**
   * Signs a WeChat user in with the code of `wx.login` or of WeChat's OAuth, and registers a new one.
   * @throws ClientError `auth` for a code that WeChat does not accept
   */
  signInWechat(credentials: WechatCredentials, options?: CallOptions): Promise<Tokens>;
  /**
   * Deletes the tokens at once, then makes the server revoke them.
   * @throws ClientError if the server did not confirm; this client is signed out anyway
   */
  signOut(options?: CallOptions): Promise<void>;
  /**
   * Renews the access token now. Rarely needed: a call does it when necessary.
   * @throws ClientError `auth` (sign in again), `network`, …
   */
  refresh(): Promise<Tokens | undefined>;
  /** The tokens in the store; undefined if no user is signed in. */
  tokens(): Promise<Tokens | undefined>;
  /** Calls `listener` after each change of the session, also by another tab. The result unsubscribes. */
  onChange(listener: SessionListener): () => void;
}

/** The part behind `client.auth`, for `createLeanClient`. */
export const auth: ClientPlugin<'auth', AuthApi> = {
  name: 'auth',
  setup({ call, session }) {
    return {
      register: (body, options) => session.signIn(register, () => call(register, { body }, options)),
      signIn: (body, options) => session.signIn(authenticate, () => call(authenticate, { body }, options)),
      signInAdmin: (credentials, options) =>
        session.signIn(authenticate, async () =>
          call(authenticate, {}, await withUserPass(authenticate, schemes.admin, credentials, options)),
        ),
      signInWechat: (body, options) =>
        session.signIn(authenticateByWechat, () => call(authenticateByWechat, { body }, options)),
      async signOut(options) {
        const last = await session.signOut();
        if (last?.refreshToken === undefined) return;
        await call(logout, { body: { refresh_token: last.refreshToken } }, options);
      },
      async refresh() {
        const tokens = await session.read();
        return tokens && session.renew(tokens.accessToken);
      },
      tokens: () => session.read(),
      onChange: (listener) => session.onChange(listener),
    };
  },
};
