/** Idempotency keys as a part of the host: tables, purging, and the keeper that the step `idempotency` asks. */
import { type ServiceRef, serviceRef } from '@palestra/core';
import { createInterval } from '../async/interval.js';
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { createKeeper, type IdempotencyKeeper, retentionMs } from './keeper.js';
import { migrations } from './migrations.js';
import { createIdempotencyKeys } from './store.js';

export { encodeFailure, encodeResult, isReplayed, replay } from './answer.js';
export type { Execution, IdempotencyKeeper } from './keeper.js';

export const idempotencyService: ServiceRef<IdempotencyKeeper> = serviceRef('idempotency');

const purgeEveryMs = 10 * 60_000;

export const idempotency: HostPart<{ operations: object; service: IdempotencyKeeper }> = {
  name: 'idempotency',
  version,
  host: '^1.0.0',
  contract: { paths: {} },
  provides: idempotencyService,
  migrations,
  setup({ database, clock, log }) {
    const store = createIdempotencyKeys(database);
    const purging = createInterval(() => store.purge(clock.now() - retentionMs), {
      everyMs: purgeEveryMs,
      failure: 'Old idempotency keys could not be purged.',
      log,
    });
    return {
      handlers: {},
      service: createKeeper(store, clock),
      start: () => purging.start(),
      stop: () => purging.stop(),
    };
  },
};
