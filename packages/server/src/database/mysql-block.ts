/**
 * Several writes and their COMMIT as one prepared statement, a compound statement of MariaDB: one command and one answer
 * for all. It ends at the first that fails, or that changes no row where it must; the transaction is then still open.
 * https://mariadb.com/kb/en/using-compound-statements-outside-of-stored-programs/
 */
import type { QueryResult } from 'mysql2';
import type { LastWrite } from './connection.js';
import type { Scalar } from './values.js';

interface Block {
  readonly sql: string;
  readonly values: readonly Scalar[];
}

/** The message of the server where a row is missing, with the place of the write behind it. */
const missing = 'palestra: no row was changed by write ';

/** Any statement can be prepared since then. */
const since = [10, 6, 2] as const;

export function takesBlocks(version: string): boolean {
  const [, ...numbers] = /(\d+)\.(\d+)\.(\d+)-mariadb/i.exec(version) ?? [];
  const [major = 0, minor = 0, patch = 0] = numbers.map(Number);
  const [leastMajor, leastMinor, leastPatch] = since;
  if (major !== leastMajor) return major > leastMajor;
  return minor === leastMinor ? patch >= leastPatch : minor > leastMinor;
}

export function blockOf(writes: readonly LastWrite[]): Block {
  const statements = writes.map(({ sql, ...options }, at) => {
    if (options.inserted) return `${sql} returning id;`;
    return options.missing
      ? `${sql}; if row_count() <> 1 then signal sqlstate '45000' set message_text = '${missing}${at}'; end if;`
      : `${sql};`;
  });
  return {
    sql: `begin not atomic ${statements.join(' ')} commit; end`,
    values: writes.flatMap(({ values }) => values),
  };
}

/** What the unit fails with instead of the server's error. */
export function missingRow(error: unknown, writes: readonly LastWrite[]): Error | undefined {
  const { message } = error as Partial<Error>;
  return message?.startsWith(missing) ? writes[Number(message.slice(missing.length))]?.missing?.() : undefined;
}

/** The answer has the rows of each `returning`, in order, before that of the whole. */
export function tellInserted(result: QueryResult, writes: readonly LastWrite[]): void {
  const results = Array.isArray(result) ? (result as unknown as { id: number }[][]) : [];
  for (const [at, { inserted }] of writes.filter((write) => write.inserted).entries()) {
    inserted?.(results[at]?.[0]?.id ?? 0);
  }
}
