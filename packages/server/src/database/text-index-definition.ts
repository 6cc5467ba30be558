/** The definition of an index of trigrams: an FTS5 table and the triggers that keep it; see `text-index.ts`. */
import { quoted } from './dialect.js';

/** The index of a table. */
export function textIndexName(table: string): string {
  return `${table}_trigrams`;
}

/** Tables that the index of one of these tables may consist of. */
export function textIndexTables(tables: Iterable<string>): Set<string> {
  const parts = ['', '_data', '_idx', '_docsize', '_config'];
  return new Set([...tables].flatMap((table) => parts.map((part) => textIndexName(table) + part)));
}

/** Statements that take the index of a table away, if it has one; a later start makes it again. */
export function removalOf(table: string): string[] {
  const name = textIndexName(table);
  const triggers = ['insert', 'update', 'delete'].map(
    (event) => `drop trigger if exists ${quoted(`${name}_${event}`)}`,
  );
  return [...triggers, `drop table if exists ${quoted(name)}`];
}

/** What it consists of: names, and SQL as the database's catalogue shows it. */
export function textIndexParts(table: string, columns: readonly string[]): Map<string, string> {
  const name = textIndexName(table);
  const trigger = (event: string, when: string, ...actions: readonly string[]) =>
    [
      `${name}_${event}`,
      `CREATE TRIGGER ${quoted(`${name}_${event}`)} AFTER ${when} ON ${quoted(table)} BEGIN ${actions.join('; ')}; END`,
    ] as const;
  const values = columns.map((column) => `new.${quoted(column)}`).join(', ');
  const add = `INSERT INTO ${quoted(name)} (rowid, ${quoted(...columns)}) VALUES (new.id, ${values})`;
  const take = `DELETE FROM ${quoted(name)} WHERE rowid = old.id`;
  // No content: the rows have the texts. No positions: a candidate's own text is compared.
  const options = `content='', contentless_delete=1, detail=column, tokenize='trigram case_sensitive 1'`;
  return new Map([
    [name, `CREATE VIRTUAL TABLE ${quoted(name)} USING fts5(${quoted(...columns)}, ${options})`],
    trigger('insert', 'INSERT', add),
    trigger('update', `UPDATE OF \`id\`, ${quoted(...columns)}`, take, add),
    trigger('delete', 'DELETE', take),
  ]);
}
