/** Idempotency keys: tables and purging as a plugin like any other, plus what the step `idempotency` asks of it. */
import type { Clock } from '@palestra/core';
import type { Logger } from 'pino';
import type { Plugin } from '../plugin/plugin.js';
import { version } from '../version.generated.js';
import { createKeeper, type IdempotencyKeeper, retentionMs } from './keeper.js';
import { migrations } from './migrations.js';
import { createKeyStore, type KeyStore } from './store.js';

export { encodeFailure, encodeResult, isReplayed, replay } from './answer.js';
export type { Execution, IdempotencyKeeper } from './keeper.js';

export interface Idempotency {
  readonly plugin: Plugin<{ operations: object }>;
  /** Usable once the plugin is set up. */
  readonly keeper: IdempotencyKeeper;
}

const purgeEveryMs = 10 * 60_000;

export function createIdempotency(): Idempotency {
  let keeper: IdempotencyKeeper | undefined;
  const plugin: Idempotency['plugin'] = {
    name: 'idempotency',
    version,
    host: '^1.0.0',
    contract: { paths: {} },
    migrations,
    setup({ database, clock, log }) {
      const store = createKeyStore(database);
      keeper = createKeeper(store, clock);
      return { handlers: {}, ...purging(store, clock, log) };
    },
  };
  return {
    plugin,
    keeper: {
      claim(request) {
        if (!keeper) throw new Error('Idempotency is not set up yet.');
        return keeper.claim(request);
      },
    },
  };
}

function purging(store: KeyStore, clock: Clock, log: Logger): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const purge = () => {
    store.purge(clock.now() - retentionMs).catch((err: unknown) => {
      log.warn({ err }, 'Old idempotency keys could not be purged.');
    });
  };
  return {
    start() {
      timer = setInterval(purge, purgeEveryMs).unref();
    },
    stop: () => clearInterval(timer),
  };
}
