/** How often codes may be asked for and tried. */
import type { RateLimit } from '@palestra/core';
import { hourMs, refuse } from '../rate-limit/limits.js';
import type { NamedLimits } from '../rate-limit/types.js';

/** By the names that operations refer to by `x-rate-limit`. */
export const rateLimits: Readonly<Record<'recover' | 'code' | 'send', readonly RateLimit[]>> = {
  recover: [
    { by: 'network', requests: 10, seconds: 60 },
    { by: 'network', requests: 60, seconds: 3_600 },
  ],
  code: [
    { by: 'network', requests: 10, seconds: 60 },
    { by: 'network', requests: 100, seconds: 3_600 },
  ],
  send: [{ by: 'caller', requests: 5, seconds: 3_600 }],
};

/** For each email, whether or not an account has it: no mailbox is flooded, and its owner has the earlier codes. */
export const addressLimits: NamedLimits = { name: 'recovery address', limits: [refuse('user', 6, hourMs)] };
