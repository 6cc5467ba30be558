/** With `miniprogram-api-typings`: the `wx` of a mini-program fits. */
import { createClient } from '@palestra/client';
import { weapp, wxLogin } from '@palestra/client/weapp';

export const client = createClient({ baseUrl: 'https://gym.example', ...weapp(wx) });

export async function signIn(): Promise<string> {
  return (await client.auth.signInWechat(await wxLogin(wx))).accessToken;
}
