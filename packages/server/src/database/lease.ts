/**
 * One runner among all instances: a row that its holder renews, and that another takes over once its time has passed.
 * A lease further ahead than any instance makes one is from a clock that was wrong, and holds nothing.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '@palestra/core';
import { insertOnce } from './insert-once.js';
import type { Database } from './types.js';

export interface Lease {
  /** True while this instance is the runner; renews it. */
  hold(): Promise<boolean>;
  /** Lets another instance run at once. */
  release(): Promise<void>;
}

export const leaseMs = 60_000;

export interface LeaseOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** With the columns `name` (its primary key), `holder` and `until`. */
  readonly table: string;
  readonly name: string;
}

export function createLease({ database, clock, table, name }: LeaseOptions): Lease {
  const holder = randomBytes(16).toString('hex');
  const renew = database.statement((knex, parameter) =>
    knex(table)
      .where('name', parameter('name'))
      .where((free) =>
        free
          .where('holder', parameter('holder'))
          .orWhere('until', '<=', parameter('now'))
          .orWhere('until', '>', parameter('beyond')),
      )
      .update({ holder: parameter('holder'), until: parameter('until') }),
  );
  const create = database.statement((knex, parameter) =>
    knex(table).insert({
      name: parameter('name'),
      holder: parameter('holder'),
      until: parameter('until'),
    }),
  );
  const release = database.statement((knex, parameter) =>
    knex(table)
      .where({ name: parameter('name'), holder: parameter('holder') })
      .update({ until: 0 }),
  );

  return {
    async hold() {
      const now = clock.now();
      const until = now + leaseMs;
      if ((await renew.run({ name, holder, now, until, beyond: now + 2 * leaseMs })).affected === 1) return true;
      return insertOnce(create, { name, holder, until });
    },
    release: async () => void (await release.run({ name, holder })),
  };
}
