/** Statements prepared once: at the start on SQLite, by the driver on each connection of MariaDB. */
import Database from 'better-sqlite3';
import mysql, { type ResultSetHeader } from 'mysql2/promise';
import { databaseUrl } from './settings.js';

export interface Prepared<Row> {
  all(values: readonly unknown[]): Row[] | Promise<Row[]>;
  /** The id of the row that was inserted. */
  run(values: readonly unknown[]): number | Promise<number>;
}

export const prepare: <Row>(sql: string) => Prepared<Row> = databaseUrl.startsWith('sqlite:') ? onSqlite() : onMysql();

function onSqlite(): typeof prepare {
  const database = new Database(databaseUrl.slice('sqlite:'.length));
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = full');
  return <Row>(sql: string) => {
    const statement = database.prepare<unknown[], Row>(sql);
    return {
      all: (values) => statement.all(...values),
      run: (values) => Number(statement.run(...values).lastInsertRowid),
    };
  };
}

function onMysql(): typeof prepare {
  const pool = mysql.createPool({ uri: databaseUrl, connectionLimit: 10 });
  return <Row>(sql: string) => ({
    all: async (values) => (await pool.execute(sql, values as string[]))[0] as Row[],
    run: async (values) => ((await pool.execute(sql, values as string[]))[0] as ResultSetHeader).insertId,
  });
}
