/** Writes prepared lines: a batch in one transaction, and where a line does not fit, those before and behind it in others. */
import type { Importer } from '@palestra/core';
import type { Database, Unit } from '../database/types.js';
import type { Audit, AuditActor } from '../plugin/audit.js';
import type { IdAllocator } from './ids.js';
import type { LegacyIds, LegacyRow } from './legacy-ids.js';
import { detailOf, type Prepared } from './prepare.js';
import { collectRows, createInsertAll } from './rows.js';

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
  const insertAll = createInsertAll(database);

  function write(importer: Importer, ids: IdAllocator | undefined, batch: readonly Prepared[]): Promise<number> {
    const { collection, table } = importer;
    return database.unitOfWork(async (unit: Unit) => {
      const given = await ids?.(
        batch.map(({ line }) => line.legacyId),
        unit,
      );
      const rows = collectRows(insertAll);
      const legacyRows: LegacyRow[] = [];
      let written = 0;
      for (const { line, write: writeLine } of batch) {
        const id = given?.next(line.legacyId) ?? 0;
        if (!(await writeLine(id, unit, rows))) continue;
        given?.used(id);
        legacyRows.push({ legacyId: line.legacyId, id });
        written += 1;
      }
      await rows.insert(unit);
      if (given) await legacyIds.add(table, legacyRows, unit);
      const detail = { collection, imported: written };
      if (written > 0) await audit.record(unit, actor, { action: 'import', object: collection, detail });
      return written;
    });
  }

  return async function writeBatch(importer, ids, batch): Promise<Written> {
    try {
      return { imported: await write(importer, ids, batch), refused: [] };
    } catch (error) {
      const detail = detailOf(error);
      if (detail === undefined) throw error;
      const [only, ...others] = batch;
      if (only && others.length === 0) return { imported: 0, refused: [{ line: only.line.number, detail }] };
    }
    // A line of the batch does not fit: the halves tell which.
    const middle = Math.ceil(batch.length / 2);
    const first = await writeBatch(importer, ids, batch.slice(0, middle));
    const second = await writeBatch(importer, ids, batch.slice(middle));
    return { imported: first.imported + second.imported, refused: [...first.refused, ...second.refused] };
  };
}
