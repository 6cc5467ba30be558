/** Writes prepared lines: a batch in one transaction, and where one line does not fit each in its own. */
import type { Importer } from '@palestra/core';
import type { Database, Unit } from '../database/types.js';
import type { Audit, AuditActor } from '../plugin/audit.js';
import type { IdAllocator, LegacyIds, LegacyRow } from './legacy-ids.js';
import { detailOf, type Prepared } from './prepare.js';

export interface WriteParts {
  readonly database: Database;
  readonly legacyIds: LegacyIds;
  readonly audit: Audit;
  readonly actor: AuditActor;
}

interface Written {
  /** How many lines were new. */
  readonly imported: number;
  readonly refused: readonly { readonly line: number; readonly detail: string }[];
}

export type WriteBatch = (
  importer: Importer,
  ids: IdAllocator | undefined,
  batch: readonly Prepared[],
) => Promise<Written>;

export function createWriteBatch({ database, legacyIds, audit, actor }: WriteParts): WriteBatch {
  function write(importer: Importer, ids: IdAllocator | undefined, batch: readonly Prepared[]): Promise<number> {
    const { collection, table } = importer;
    return database.unitOfWork(async (unit: Unit) => {
      const given = ids?.(unit);
      const rows: LegacyRow[] = [];
      let written = 0;
      for (const { line, write: writeLine } of batch) {
        const id = (await given?.next(line.legacyId)) ?? 0;
        if (!(await writeLine(id, unit))) continue;
        given?.used(id);
        rows.push({ legacyId: line.legacyId, id });
        written += 1;
      }
      if (given) await legacyIds.add(table, rows, unit);
      const detail = { collection, imported: written };
      if (written > 0) await audit.record(unit, actor, { action: 'import', object: collection, detail });
      return written;
    });
  }

  return async function writeBatch(importer, ids, batch) {
    try {
      return { imported: await write(importer, ids, batch), refused: [] };
    } catch (error) {
      const detail = detailOf(error);
      if (detail === undefined) throw error;
      const [only, ...others] = batch;
      if (only && others.length === 0) return { imported: 0, refused: [{ line: only.line.number, detail }] };
    }
    // One line of the batch does not fit: each by itself tells which.
    const each: Written[] = [];
    for (const line of batch) each.push(await writeBatch(importer, ids, [line]));
    return {
      imported: each.reduce((sum, { imported }) => sum + imported, 0),
      refused: each.flatMap(({ refused }) => refused),
    };
  };
}
