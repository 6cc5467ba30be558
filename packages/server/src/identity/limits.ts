/** How often passwords and the like may be tried. */
import type { RateLimit } from '@palestra/core';
import { delay, hourMs, minuteMs, refuse } from '../rate-limit/limits.js';
import type { NamedLimits } from '../rate-limit/types.js';

/** By the names that operations refer to by `x-rate-limit`. */
export const rateLimits: Readonly<Record<'login' | 'register' | 'refresh', readonly RateLimit[]>> = {
  login: [{ by: 'network', requests: 30, seconds: 60 }],
  register: [
    { by: 'network', requests: 30, seconds: 60 },
    { by: 'network', requests: 300, seconds: 3_600 },
  ],
  refresh: [{ by: 'network', requests: 120, seconds: 60 }],
};

/** For every check of a password; one that succeeds does not count. */
export const passwordLimits: NamedLimits = {
  name: 'password',
  limits: [refuse('user and network', 5, minuteMs), refuse('user and network', 30, hourMs), delay('user', 100, hourMs)],
};
