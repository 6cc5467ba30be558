/** What no migration is generated for, because it would lose data or needs a decision; each says what to write by hand. */
import type { Column, TableDefinition } from '@palestra/core';
import type { FieldFacts, ResourceFacts } from '../plugin/resource.js';
import { contentOf, isNullable, narrows } from './column-fit.js';
import { inline } from './literal.js';

const file = 'src/migrations.ts';

export function refusalsOf(facts: ResourceFacts, table: TableDefinition): string[] {
  const columns = Object.entries(facts.columns).flatMap(([name, column]) => {
    const before = table.columns[name];
    const refusal = before
      ? changeRefusal(facts, name, { before, after: column })
      : additionRefusal(facts, table, name);
    return refusal === undefined ? [] : [`${facts.name}: ${fieldOf(facts, name).label} ${refusal}`];
  });
  return [...columns, ...(facts.creates ? leftovers(facts, table) : []), ...newChecks(facts, table)];
}

function additionRefusal(facts: ResourceFacts, table: TableDefinition, name: string): string | undefined {
  const { field } = fieldOf(facts, name);
  if (field?.folded === name) {
    const known = field.columns.some((column) => column in table.columns);
    if (!known) return undefined;
    return `is to be searched, but existing rows have no folded text. Set x-searchable: false, or add another field.`;
  }
  if (field?.cell === name && field.columns.some((column) => column in table.columns)) {
    return `is to be found by distance, but existing rows have no cell. Add another field for it.`;
  }
  if (isNullable(facts.columns[name] as Column) || field?.default !== undefined) return undefined;
  return `is required, but existing rows have no value for it. Give it a default, or allow null.`;
}

interface ColumnChange {
  readonly before: Column;
  readonly after: Column;
}

function changeRefusal(facts: ResourceFacts, name: string, { before, after }: ColumnChange): string | undefined {
  const { field } = fieldOf(facts, name);
  const another = `Give the field another x-column, copy the values by a statement in ${file}, then drop ${name}.`;
  if (contentOf(before) !== contentOf(after)) {
    return `holds ${contentOf(after)}, but the column ${name} holds ${contentOf(before)}. ${another}`;
  }
  if (facts.creates && narrows(before, after)) {
    const kept = inline({ [name]: before }).replaceAll("'", '');
    return `takes less than the column ${name} may hold already. Keep the column with x-column: ${kept}.`;
  }
  if (isNullable(after) && !isNullable(before)) return `may be null, but the column ${name} is NOT NULL. ${another}`;
  if (!isNullable(after) && isNullable(before) && field?.default === undefined && field?.folded !== name) {
    return `is required, but existing rows may have null. Give it a default for those.`;
  }
  return undefined;
}

function fieldOf({ fields }: ResourceFacts, column: string): { label: string; field: FieldFacts | undefined } {
  const found = Object.entries(fields).find(([, { columns, folded, cell }]) =>
    [...columns, folded, cell].includes(column),
  );
  return found
    ? { label: `the field ${found[0]}`, field: found[1] }
    : { label: `the column ${column}`, field: undefined };
}

/** Columns and unique indexes that the description no longer has. */
function leftovers(facts: ResourceFacts, table: TableDefinition): string[] {
  const columns = Object.keys(table.columns).filter((name) => !(name in facts.columns));
  const indexes = (table.indexes ?? []).filter(
    ({ name, unique, columns: indexed }) =>
      unique && !facts.indexes?.some((index) => index.name === name) && !columns.some((each) => indexed.includes(each)),
  );
  return [
    ...columns.map(
      (name) =>
        `${facts.name}: the column ${name} still has data, but no field describes it. ${dropColumn(facts, table, name)}`,
    ),
    ...indexes.map(
      ({ name }) =>
        `${facts.name}: the unique index ${name} is no longer described. Describe it again, or add to ${file}: ${dropIndex(table, name)}`,
    ),
  ];
}

/** SQLite drops no column that an index, a foreign key or a check names. */
function dropColumn({ table: name }: ResourceFacts, table: TableDefinition, column: string): string {
  const describe = 'Describe it again, with x-hidden: true if no caller may see it';
  const bound = table.foreignKeys?.some((key) => key.column === column) || table.primaryKey?.includes(column);
  if (bound) return `${describe}.`;
  const indexes = (table.indexes ?? []).filter(({ columns }) => columns.includes(column));
  const drop = { name: `${name}_${column}_dropped`, dropColumn: { table: name, name: column } };
  const migrations = [...indexes.map((index) => dropIndex(table, index.name)), inline(drop)];
  return `${describe}, or lose the data by adding to ${file}: ${migrations.join(', ')}`;
}

function dropIndex({ table }: TableDefinition, name: string): string {
  return inline({ name: `${name}_index_dropped`, dropIndex: { table, name } });
}

function newChecks({ name, checks = {} }: ResourceFacts, table: TableDefinition): string[] {
  return Object.keys(checks)
    .filter((check) => !(check in (table.checks ?? {})))
    .map((check) => `${name}: the check ${check} is new, and SQLite adds none to an existing table. Make it a rule.`);
}
