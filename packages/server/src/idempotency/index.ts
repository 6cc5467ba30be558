/** Idempotency keys as a part of the host: tables, purging, and the keeper that the step `idempotency` asks. */
import { type ServiceRef, serviceRef } from '@palestra/core';
import { createInterval } from '../async/interval.js';
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { createCipher } from './cipher.js';
import { type ClaimKey, createClaims } from './leased.js';
import { migrations } from './migrations.js';
import { retentionMs } from './request.js';
import { createIdempotencyKeys } from './store.js';
import { createExecuteOnce, type ExecuteOnce } from './transactional.js';

export { encodeFailure, encodeResult, isReplayed, replay } from './answer.js';
export type { Execution } from './leased.js';
export type { Outcome } from './transactional.js';

/** Executes requests under an `Idempotency-Key` once, and answers them the same for a day. */
export interface IdempotencyKeeper {
  /** For a handler that only uses the database. */
  readonly executeOnce: ExecuteOnce;
  /** For a handler that calls other systems (`x-external-effects`). */
  readonly claim: ClaimKey;
}

export const idempotencyService: ServiceRef<IdempotencyKeeper> = serviceRef('idempotency');

const purgeEveryMs = 10 * 60_000;

export const idempotency: HostPart<{ operations: object; service: IdempotencyKeeper }> = {
  name: 'idempotency',
  version,
  host: '^1.0.0',
  contract: { paths: {} },
  provides: idempotencyService,
  migrations,
  async setup({ database, keys, clock, log }) {
    const store = createIdempotencyKeys(database);
    const services = { store, cipher: createCipher(await keys.secrets('idempotency')), clock };
    const purging = createInterval(() => store.purge(clock.now() - retentionMs), {
      everyMs: purgeEveryMs,
      failure: 'Old idempotency keys could not be purged.',
      log,
    });
    return {
      handlers: {},
      service: { executeOnce: createExecuteOnce(database, services), claim: createClaims(services) },
      start: () => purging.start(),
      stop: () => purging.stop(),
    };
  },
};
