/**
 * Instances as a part of the host: each that serves enters itself into a table and says every few seconds that it is
 * there, so that a migration or a restore knows whom it would disturb.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type ServiceRef, serviceRef } from '@palestra/core';
import { createInterval } from '../async/interval.js';
import type { RunningInstance } from '../database/compatibility.js';
import type { MigrationSet } from '../database/migration-set.js';
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { migrations } from './migrations.js';
import { createInstanceStore, runningInstances } from './store.js';

export { runningInstances } from './store.js';

export interface Instances {
  /** The others that serve the database. */
  others(): Promise<readonly RunningInstance[]>;
}

export const instancesService: ServiceRef<Instances> = serviceRef('instances');

const everyMs = 5_000;
const keptMs = 24 * 60 * 60_000;

/** @param sets the migrations that this instance knows, once its plugins are in order */
export function createInstances(
  sets: () => readonly MigrationSet[],
): HostPart<{ operations: object; service: Instances }> {
  return {
    name: 'instances',
    version,
    host: '^1.0.0',
    contract: { paths: {} },
    provides: instancesService,
    migrations,
    restore: [{ table: 'running_instance', keep: 'rows' }],
    setup({ database, host: { clock, log } }) {
      const store = createInstanceStore(database);
      const id = randomBytes(16).toString('hex');
      const plugins = Object.fromEntries(
        sets().map(({ plugin, version: own = '0.0.0', migrations: { length } }) => [
          plugin,
          { version: own, migrations: length },
        ]),
      );
      const entry = { id, name: `${hostname()}:${process.pid}`, plugins };
      const beating = createInterval(() => store.touch(entry, clock.now()), {
        everyMs,
        failure: 'This instance could not say that it is running.',
        log,
      });
      return {
        handlers: {},
        service: {
          others: async () => (await runningInstances(database, clock.now())).filter((each) => each.id !== id),
        },
        async start() {
          const now = clock.now();
          await store.purge(now - keptMs);
          await store.enter(entry, now);
          beating.start();
        },
        async stop() {
          await beating.stop();
          // It counts as gone soon, if the database is gone first.
          await store.remove(id).catch(() => undefined);
        },
      };
    },
  };
}
