/** The definition of an index of trigrams: an FTS5 table and the triggers that keep it; see `text-index.ts`. */
import { quoted } from './dialect.js';
import { textIndexName } from './text-index.js';

/** What has each piece of the index of a table, in order of the pieces. */
export function vocabularyName(table: string): string {
  return `${textIndexName(table)}_vocabulary`;
}

/** What is indexed of a column: with this behind it, each of its characters begins a piece. */
export function indexedText(column: string): string {
  return `${column} || '  '`;
}

/** Statements that take the index of a table away, if it has one; a later start makes it again. */
export function removalOf(table: string): string[] {
  const name = textIndexName(table);
  const triggers = ['insert', 'update', 'delete'].map(
    (event) => `drop trigger if exists ${quoted(`${name}_${event}`)}`,
  );
  const tables = [vocabularyName(table), name].map((each) => `drop table if exists ${quoted(each)}`);
  return [...triggers, ...tables];
}

/** What it consists of: names, and SQL as the database's catalogue shows it. */
export function textIndexParts(table: string, columns: readonly string[]): Map<string, string> {
  const name = textIndexName(table);
  const trigger = (event: string, when: string, ...actions: readonly string[]) =>
    [
      `${name}_${event}`,
      `CREATE TRIGGER ${quoted(`${name}_${event}`)} AFTER ${when} ON ${quoted(table)} BEGIN ${actions.join('; ')}; END`,
    ] as const;
  const values = columns.map((column) => indexedText(`new.${quoted(column)}`)).join(', ');
  const add = `INSERT INTO ${quoted(name)} (rowid, ${quoted(...columns)}) VALUES (new.id, ${values})`;
  const take = `DELETE FROM ${quoted(name)} WHERE rowid = old.id`;
  // No content: the rows have the texts. No positions: a candidate's own text is compared.
  const options = `content='', contentless_delete=1, detail=column, tokenize='trigram case_sensitive 1'`;
  return new Map([
    [name, `CREATE VIRTUAL TABLE ${quoted(name)} USING fts5(${quoted(...columns)}, ${options})`],
    [
      vocabularyName(table),
      `CREATE VIRTUAL TABLE ${quoted(vocabularyName(table))} USING fts5vocab(${quoted(name)}, instance)`,
    ],
    trigger('insert', 'INSERT', add),
    trigger('update', `UPDATE OF \`id\`, ${quoted(...columns)}`, take, add),
    trigger('delete', 'DELETE', take),
  ]);
}
