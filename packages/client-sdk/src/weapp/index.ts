/**
 * `@palestra/client/weapp`: the client in a WeChat mini-program, which has no `fetch`, no Web Storage and no WebCrypto.
 *
 * ```js
 * const client = createClient({ baseUrl: 'https://gym.example', ...weapp(wx) });
 * await client.auth.signInWechat(await wxLogin(wx));
 * ```
 */
import { portableCrypto } from '../crypto/portable.js';
import type { CryptoProvider } from '../crypto/provider.js';
import type { Transport } from '../runtime/transport.js';
import { storageTokens } from '../session/storage-tokens.js';
import type { TokenStore } from '../session/tokens.js';
import { wxTransport } from './request.js';
import { promised, type Wx } from './wx.js';

export type { Wx, WxFailure, WxRequest } from './wx.js';

/** Options of `createClient` that a mini-program needs. */
export interface WeappOptions {
  readonly transport: Transport;
  readonly tokens: TokenStore;
  readonly crypto: CryptoProvider;
}

/** Requests by `wx.request`, tokens in `wx.setStorage`, random bytes of `wx.getRandomValues`. */
export function weapp(wx: Wx, storageKey?: string): WeappOptions {
  return { transport: wxTransport(wx), tokens: storageTokens(wxStorage(wx), storageKey), crypto: wxCrypto(wx) };
}

/** What `auth.signInWechat` takes: the code of `wx.login`, which is good once and for five minutes. */
export async function wxLogin(wx: Pick<Wx, 'login'>): Promise<{ readonly code: string }> {
  const { code } = await promised<{ code: string }>((callbacks) => wx.login(callbacks));
  return { code };
}

function wxCrypto(wx: Wx): CryptoProvider {
  return portableCrypto(async (length) => {
    if (!wx.getRandomValues) throw new Error('wx.getRandomValues needs base library 2.19.0');
    const { randomValues } = await promised<{ randomValues: ArrayBuffer }>((callbacks) =>
      wx.getRandomValues({ length, ...callbacks }),
    );
    return new Uint8Array(randomValues);
  });
}

function wxStorage(wx: Wx): Parameters<typeof storageTokens>[0] {
  return {
    getItem: (key) =>
      new Promise((resolve, reject) => {
        wx.getStorage({
          key,
          success: ({ data }) => resolve(String(data)),
          // `getStorage:fail data not found`; anything else is a failure of the storage.
          fail: ({ errMsg }) => (/not found/.test(errMsg) ? resolve(null) : reject(new Error(errMsg))),
        });
      }),
    setItem: (key, data) => promised<void>((callbacks) => wx.setStorage({ key, data, ...callbacks })),
    removeItem: (key) => promised<void>((callbacks) => wx.removeStorage({ key, ...callbacks })),
  };
}
