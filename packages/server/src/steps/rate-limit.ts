/** Rate limits of an operation (`x-rate-limit`): by network before anything is read, by caller once it is known. */
import { networksOf } from '../rate-limit/network.js';
import { callerKey } from './caller.js';
import type { Exchange } from './exchange.js';

export async function limitNetworkRate({ operation, services, ip }: Exchange): Promise<void> {
  const limits = operation.rateLimits?.network;
  if (limits) await services.limiter.attempt(limits, { ip });
}

/** Guests are told apart by their network. A kept answer was counted when it was made. */
export async function limitCallerRate({ operation, services, ip, principal, endedToken }: Exchange): Promise<void> {
  const limits = operation.rateLimits?.caller;
  if (limits && !endedToken)
    await services.limiter.attempt(limits, { ip, user: callerKey(principal) ?? `guest ${networksOf(ip)[0]}` });
}
