/** With `@types/node`: Node's own types fit as well. */
import { createClient } from '@palestra/client';

export const client = createClient({ baseUrl: 'http://127.0.0.1:3000', transport: fetch });
export const gyms = client.gym.list({}, { signal: AbortSignal.timeout(1000) });
