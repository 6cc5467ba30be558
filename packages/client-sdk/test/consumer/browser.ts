/** With `lib.dom`: the browser's own types fit where the client asks for a shape. */
import { createClient, storageTokens } from '@palestra/client';

const controller = new AbortController();

export const client = createClient({
  baseUrl: location.origin,
  tokens: storageTokens(localStorage),
  transport: fetch,
  use: [(call, next) => (call.headers['x-tenant'] === undefined ? next() : next().catch(next))],
});

export const gyms = client.gym.list({}, { signal: controller.signal });
export const session = createClient({ baseUrl: '', tokens: storageTokens(sessionStorage), transport: window.fetch });
