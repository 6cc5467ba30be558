/** What others see of idempotency keys. */
import { type ServiceRef, serviceRef } from '@palestra/core';
import type { KeptAnswers } from './kept.js';
import type { ClaimKey } from './leased.js';
import type { ExecuteOnce } from './transactional.js';

/** Executes requests under an `Idempotency-Key` once, and answers them the same for a day. */
export interface IdempotencyKeeper {
  /** For a handler that only uses the database. */
  readonly executeOnce: ExecuteOnce;
  /** For a handler that calls other systems (`x-external-effects`). */
  readonly claim: ClaimKey;
  /** For a caller whose token has ended. */
  readonly kept: KeptAnswers;
  /** Called when a kept answer is sent again. */
  onReplay(): void;
}

export const idempotencyService: ServiceRef<IdempotencyKeeper> = serviceRef('idempotency');
