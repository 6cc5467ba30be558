/** What guessing would be worth is limited by network, before anything is read or hashed (`x-rate-limit`). */
import { isOperationLimit } from '../rate-limit/index.js';
import type { Exchange } from './exchange.js';

export async function limitRate({ operation, services, ip }: Exchange): Promise<void> {
  const name = operation.object['x-rate-limit'];
  if (isOperationLimit(name)) await services.limiter.attempt(name, { ip });
}
