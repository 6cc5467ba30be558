/** The plugin under test, with a look at what it does to the database and how long it takes to stop. */
import type { Knex } from 'knex';
import { withTimeout } from '../async/with-timeout.js';
import type { Database, QueryFactory } from '../database/types.js';
import type { AnyPlugin, PluginScope } from '../plugin/plugin.js';

export interface Watched {
  readonly plugin: AnyPlugin;
  /** Tables named in its SQL. */
  readonly tables: ReadonlySet<string>;
  /** What its last stop failed with. */
  stopFault(): unknown;
}

type Scope = PluginScope<{ operations: object }>;

/** A stop is waited for no longer than `stopWithinMs`. */
export function watch(plugin: AnyPlugin, stopWithinMs: number): Watched {
  const tables = new Set<string>();
  let stopFault: unknown;
  const see = (sql: string) => {
    for (const table of tablesOf(sql)) tables.add(table);
  };
  return {
    tables,
    stopFault: () => stopFault,
    plugin: {
      ...plugin,
      async setup(scope: Scope) {
        const database = watchedDatabase(scope.database, see);
        const parts = await plugin.setup({
          ...scope,
          database,
          unitOfWork: (work: Parameters<Scope['unitOfWork']>[0]) => database.unitOfWork(work),
          resource: (facts: Parameters<Scope['resource']>[0], rules?: never) => {
            tables.add(facts.table);
            return scope.resource(facts, rules);
          },
        });
        return {
          ...parts,
          async stop() {
            try {
              await withTimeout(stopWithinMs, () => parts?.stop?.());
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
  return {
    ...database,
    knex: watchedKnex(database.knex, see),
    statement<Result extends object>(query: QueryFactory) {
      const statement = database.statement<Result>(query);
      see(statement.sql);
      return statement;
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

/** What knex runs itself tells its SQL by an event of the query. */
function watchedKnex(knex: Knex, see: (sql: string) => void): Knex {
  const listened = <Query>(query: Query): Query => {
    const emitter = query as { on?: (event: 'query', listener: (run: { sql: string }) => void) => unknown };
    emitter.on?.('query', ({ sql }) => see(sql));
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
