/** Idempotency keys as a part of the host: tables, purging, and the keeper that the step `idempotency` asks. */
import { createInterval } from '../async/interval.js';
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { createAnswerCipher } from './cipher.js';
import { createKeptAnswers } from './kept.js';
import { createClaims } from './leased.js';
import { migrations } from './migrations.js';
import { retentionMs } from './request.js';
import { createIdempotencyKeys } from './store.js';
import { createExecuteOnce } from './transactional.js';
import { type IdempotencyKeeper, idempotencyService } from './types.js';

const purgeEveryMs = 10 * 60_000;

export const idempotency: HostPart<{ operations: object; service: IdempotencyKeeper }> = {
  name: 'idempotency',
  version,
  host: '^1.0.0',
  contract: { paths: {} },
  provides: idempotencyService,
  migrations,
  async setup({ database, metrics, host: { keys, clock, log } }) {
    const store = createIdempotencyKeys(database);
    const services = { store, cipher: createAnswerCipher(await keys.secrets('idempotency')), clock };
    const replays = metrics.counter({
      name: 'replays_total',
      help: 'Requests that were answered by the kept answer of an earlier one.',
    });
    const purging = createInterval(() => store.purge(clock.now() - retentionMs), {
      everyMs: purgeEveryMs,
      failure: 'Old idempotency keys could not be purged.',
      log,
    });
    return {
      handlers: {},
      service: {
        executeOnce: createExecuteOnce(database, services),
        claim: createClaims(services),
        kept: createKeptAnswers(services),
        onReplay: () => replays.increment(),
      },
      start: () => purging.start(),
      stop: () => purging.stop(),
    };
  },
};
