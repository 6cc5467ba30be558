/**
 * Triggers refuse every update and delete of entries and anchors, even by a bug of this server. They are created at each
 * start where they are missing, and not as a migration: MySQL with a binary log lets only privileged users create them.
 * Without them, the grants of the database user make the audit append-only (`docs/operations.md`).
 */

import type { Connection } from '../database/connection.js';
import { driverOf } from '../database/driver.js';
import { databaseFault } from '../database/errors.js';
import { withNamedConnection } from '../database/named-connection.js';
import type { Database } from '../database/types.js';

const tables = ['audit_entry', 'audit_anchor'] as const;
const events = ['UPDATE', 'DELETE'] as const;

interface Trigger {
  readonly name: string;
  readonly sqlite: string;
  readonly mysql: string;
}

const triggers: readonly Trigger[] = tables.flatMap((table) =>
  events.map((event) => {
    const name = `${table}_no_${event.toLowerCase()}`;
    const head = `CREATE TRIGGER IF NOT EXISTS ${name} BEFORE ${event} ON ${table}`;
    const refusal = `${table} is append-only`;
    return {
      name,
      sqlite: `${head} BEGIN SELECT RAISE(ABORT, '${refusal}'); END`,
      mysql: `${head} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${refusal}'`,
    };
  }),
);

const known = {
  sqlite: "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
  mysql: 'SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()',
} as const;

/** The names of the triggers that are missing, for `palestra doctor`. */
export function missingTriggers(database: Database): Promise<string[]> {
  return onConnection(database, async (connection) =>
    (await missing(database, connection)).map(({ name }) => database.tableName(name)),
  );
}

/** Creates the triggers that are missing. @returns the names of those that the database refused */
export function protect(database: Database): Promise<string[]> {
  return onConnection(database, async (connection) => {
    const refused: string[] = [];
    for (const trigger of await missing(database, connection)) {
      try {
        await connection.control(trigger[database.dialect.name]);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused.push(database.tableName(trigger.name));
      }
    }
    return refused;
  });
}

async function missing({ dialect, tableName }: Database, connection: Connection): Promise<Trigger[]> {
  const rows = await connection.all(known[dialect.name], []);
  const names = new Set(rows.map(({ name }) => name));
  return triggers.filter(({ name }) => !names.has(tableName(name)));
}

/** ER_BINLOG_CREATE_ROUTINE_NEED_SUPER, ER_SPECIFIC_ACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR. */
const refusals = [1419, 1227, 1142];

function isRefusal(error: unknown): boolean {
  const { errno } = error as { errno?: unknown };
  return databaseFault(error)?.kind === 'denied' || (typeof errno === 'number' && refusals.includes(errno));
}

function onConnection<Result>(database: Database, action: (connection: Connection) => Promise<Result>) {
  return withNamedConnection(driverOf(database), action, () => true);
}
