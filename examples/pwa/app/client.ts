/** The one client of the app: same origin, a session that survives reloads and is shared by tabs. */
import { type Client, createClient, storageTokens } from '@palestra/client';

export const client: Client = createClient({
  baseUrl: location.origin,
  tokens: storageTokens(localStorage),
  // A person is waiting: say soon that it failed, and let them try again.
  timeoutMs: 10_000,
  retry: { attempts: 3, budgetMs: 12_000 },
});
