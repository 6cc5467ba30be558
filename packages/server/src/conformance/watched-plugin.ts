/** The plugin under test, with a look at what it does to the database, what it subscribes to, and how it stops. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Subscription } from '@palestra/core';
import type { Knex } from 'knex';
import { TimeoutError, withTimeout } from '../async/with-timeout.js';
import type { Database, QueryFactory, Statement, Unit } from '../database/types.js';
import type { AnyPlugin, PluginScope } from '../plugin/plugin.js';

export interface Watched {
  readonly plugin: AnyPlugin;
  /** Tables named in its SQL. */
  readonly tables: ReadonlySet<string>;
  /** Events that it subscribes to. */
  readonly subscribed: ReadonlySet<string>;
  /** Parts of texts that were sent, and are looked for in the SQL that is run from now on. */
  lookFor(marker: string): void;
  /** Those that were found: what was sent has become SQL. */
  readonly found: ReadonlySet<string>;
  /** What its last stop failed with. */
  stopFault(): unknown;
}

type Scope = PluginScope<{ operations: object }>;

/** A stop is waited for no longer than `stopWithinMs`. */
export function watch(plugin: AnyPlugin, stopWithinMs: number): Watched {
  const tables = new Set<string>();
  const subscribed = new Set<string>();
  const markers = new Set<string>();
  const found = new Set<string>();
  let stopFault: unknown;
  const see = (sql: string) => {
    for (const table of tablesOf(sql)) tables.add(table);
    for (const marker of markers) if (sql.includes(marker)) found.add(marker);
  };
  return {
    tables,
    subscribed,
    found,
    lookFor: (marker) => void markers.add(marker),
    stopFault: () => stopFault,
    plugin: {
      ...plugin,
      async setup(scope: Scope) {
        const database = watchedDatabase(scope.database, see);
        const parts = await plugin.setup({
          ...scope,
          database,
          resource: (facts: Parameters<Scope['resource']>[0], rules?: never) => {
            tables.add(facts.table);
            return scope.resource(facts, rules);
          },
        });
        const subscriptions: readonly Subscription[] = parts?.subscriptions ?? [];
        for (const { event } of subscriptions) subscribed.add(event);
        return {
          ...parts,
          async stop() {
            // The host may give up first: until it has stopped, it has not.
            stopFault = new TimeoutError(`No result after ${stopWithinMs} ms.`);
            try {
              await withTimeout(stopWithinMs, () => parts?.stop?.());
              stopFault = undefined;
            } catch (error) {
              stopFault = error;
              throw error;
            }
          },
        };
      },
    },
  };
}

const named = /\b(?:from|join|into|update|table)\s+[`"]?([a-z_][a-z0-9_]*)[`"]?/gi;

function tablesOf(sql: string): string[] {
  return [...sql.matchAll(named)].map((match) => match[1]?.toLowerCase() ?? '').filter((name) => !words.has(name));
}

/** What may stand there and is no table: `FOR UPDATE`, `ON DUPLICATE KEY UPDATE x`, the database's own. */
const words: ReadonlySet<string> = new Set(['set', 'skip', 'nowait', 'select', 'information_schema', 'sqlite_schema']);

function watchedDatabase(database: Database, see: (sql: string) => void): Database {
  const guard = createUnitGuard();
  return {
    ...database,
    knex: watchedKnex(database.knex, see, guard.assertOutside),
    statement<Result extends object>(query: QueryFactory) {
      const statement = database.statement<Result>(query);
      see(statement.sql);
      return guard.statement(statement);
    },
    unitOfWork: (work) => {
      guard.assertOutside('BEGIN');
      return database.unitOfWork((unit) => guard.inside(() => work(unit)));
    },
    query: (query, unit) => {
      see(query.toSQL().sql);
      return database.query(query, unit);
    },
    write: (query, unit) => {
      see(query.toSQL().sql);
      return database.write(query, unit);
    },
  };
}

interface UnitGuard {
  inside<Result>(work: () => Promise<Result>): Promise<Result>;
  /** @throws Error naming what would wait for the transaction around it, or not see what that has written */
  assertOutside(sql: string): void;
  statement<Result extends object>(statement: Statement<Result>): Statement<Result>;
}

/** The guards in whose unit of work the code runs. One for all: Node pays for each at every promise, and never frees it. */
const units = new AsyncLocalStorage<ReadonlySet<object>>();

/** On SQLite such a statement would wait for its own transaction, until both are given up after 30 s. */
function createUnitGuard(): UnitGuard {
  const guard = {};
  const assertOutside = (sql: string) => {
    if (!units.getStore()?.has(guard)) return;
    const what = sql === 'BEGIN' ? 'unitOfWork is called inside unitOfWork' : `Inside unitOfWork runs ${sql}`;
    throw new Error(`${what}, without the unit of the transaction around it. Pass unit as the last argument.`);
  };
  return {
    inside: (work) => units.run(new Set(units.getStore()).add(guard), work),
    assertOutside,
    statement<Result extends object>(statement: Statement<Result>) {
      const assertUnit = (unit: Unit | undefined) => unit ?? assertOutside(statement.sql);
      return {
        sql: statement.sql,
        async all(values, unit) {
          assertUnit(unit);
          return statement.all(values, unit);
        },
        async first(values, unit) {
          assertUnit(unit);
          return statement.first(values, unit);
        },
        async tuples(values, unit) {
          assertUnit(unit);
          return statement.tuples(values, unit);
        },
        async run(values, unit) {
          assertUnit(unit);
          return statement.run(values, unit);
        },
        runLast: (values, unit, options) => statement.runLast(values, unit, options),
      };
    },
  };
}

interface RunnableQuery {
  on?(event: 'query', listener: (run: { sql: string }) => void): unknown;
  toSQL?(): { readonly sql: string };
  then?: (...listeners: unknown[]) => unknown;
}

/** What knex runs itself tells its SQL by an event of the query, but only once it has a connection. */
function watchedKnex(knex: Knex, see: (sql: string) => void, assertOutside: (sql: string) => void): Knex {
  const listened = (query: unknown): unknown => {
    if (!isRunnable(query)) return query;
    query.on?.('query', ({ sql }) => see(sql));
    const run = query.then?.bind(query);
    // biome-ignore lint/suspicious/noThenProperty: a query of knex runs when it is awaited
    query.then = (...listeners) => {
      assertOutside(query.toSQL?.().sql ?? 'a query');
      return run?.(...listeners);
    };
    return query;
  };
  return new Proxy(knex, {
    apply: (target, self, args) => listened(Reflect.apply(target as never, self, args)),
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function'
        ? (...args: unknown[]) => listened(Reflect.apply(member, target, args))
        : member;
    },
  });
}

function isRunnable(query: unknown): query is RunnableQuery {
  return typeof query === 'object' && query !== null && 'toSQL' in query && 'then' in query;
}
