/** The rows in a backup of MySQL: checked as a whole before any is used. */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { MigrationSet } from '../database/migration-set.js';
import { differingTable, type StageOptions } from './copying.js';
import { backupDamaged, backupIncompatible } from './errors.js';
import { type Line, linesOf } from './lines.js';
import type { Table } from './tables.js';

/**
 * Each call of the result reads the lines again, from the first.
 * @throws PalestraError `backup_damaged`, `backup_incompatible`
 */
export async function openLines({ manifest, payload, sets, tables }: StageOptions): Promise<() => AsyncIterable<Line>> {
  refuseUnrepeatable(sets, manifest.migrations);
  const rows: Record<string, number> = {};
  for await (const line of payloadLines(payload())) count(line, rows, tables);
  const table = differingTable(manifest.rows, rows);
  if (table !== undefined) throw backupDamaged(`${table} has not as many rows as its manifest says`);
  return () => payloadLines(payload());
}

/** Definitions are not restored, so what came after the backup must not have changed rows. */
function refuseUnrepeatable(sets: readonly MigrationSet[], applied: Readonly<Record<string, string>>): void {
  for (const { plugin, migrations } of sets) {
    const changed = migrations.find((each) => 'statement' in each && !(`${plugin}/${each.name}` in applied));
    if (!changed) continue;
    throw backupIncompatible(
      `it is from before ${plugin}/${changed.name}, which changed rows; restore it with the version that made it, then upgrade`,
    );
  }
}

function count(line: Line, rows: Record<string, number>, tables: ReadonlyMap<string, Table>): void {
  const { table, row } = line;
  const known = tables.get(table);
  if (!known) throw backupIncompatible(`no plugin here has the table ${table}`);
  const unknown = line.columns.find((column) => !(column in known.columns));
  if (unknown !== undefined) throw backupIncompatible(`${table} has no column ${unknown} here`);
  if (row && row.length !== line.columns.length) throw backupDamaged(`a row of ${table} is incomplete`);
  rows[table] = (rows[table] ?? 0) + (row ? 1 : 0);
}

async function* payloadLines(payload: Readable): AsyncGenerator<Line> {
  const unzip = createGunzip();
  // The checksum is compared at the end, and its failure ends the lines as well.
  const checked = pipeline(payload, unzip);
  checked.catch(() => undefined);
  try {
    yield* linesOf(unzip);
  } catch (error) {
    await checked;
    throw backupDamaged('it cannot be unpacked', error);
  }
  await checked;
}
