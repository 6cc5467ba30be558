/**
 * Imports the collections of a folder in the order of their references, in small transactions. A line that was imported
 * is known by its `legacyId`, so that a run that ended early is continued by the same command; a line that does not fit
 * is told and left out.
 */
import type { Importer } from '@palestra/core';
import type { Database } from '../database/types.js';
import type { Audit } from '../plugin/audit.js';
import { createIdAllocator } from './legacy-ids.js';
import { batchesOf } from './lines.js';
import { createPrepareLine, type Prepared, type PrepareParts, prepareAll } from './prepare.js';
import type { CollectionReport, ImportRequest, LineFault } from './types.js';
import { createWriteBatch } from './write.js';

export interface RunParts extends Pick<PrepareParts, 'legacyIds' | 'clock' | 'validatorOf' | 'collectionOf'> {
  readonly database: Database;
  readonly audit: Audit;
}

interface CollectionFile {
  readonly importer: Importer;
  readonly path: string;
  /** As messages name it. */
  readonly file: string;
}

const batchSize = 100;
/** The first ones are enough to mend what wrote the file. */
const mostFaults = 200;

export interface Run {
  import(file: CollectionFile): Promise<CollectionReport>;
  readonly faults: readonly LineFault[];
}

export function createRun(parts: RunParts, { actor, dryRun, progress }: ImportRequest): Run {
  const faults: LineFault[] = [];
  const seen = new Map<string, Set<string>>();
  const prepare = createPrepareLine({ ...parts, dryRun, seen });
  const writeBatch = createWriteBatch({ ...parts, actor });

  return {
    faults,
    async import({ importer, path, file }) {
      const ids = importer.hasId ? createIdAllocator(parts.database, importer.table) : undefined;
      const counts = { imported: 0, present: 0, faults: 0 };
      const known = new Set<string>();
      seen.set(importer.table, known);
      const refuse = (line: number, detail: string) => {
        counts.faults += 1;
        if (faults.length < mostFaults) faults.push({ file, line, detail });
      };
      for await (const texts of batchesOf(path, batchSize)) {
        const batch: Prepared[] = [];
        for (const [{ number }, prepared] of await prepareAll(texts, (text) => prepare(importer, text))) {
          if (prepared === undefined) counts.present += 1;
          else if (typeof prepared === 'string') refuse(number, prepared);
          else if (ids && known.has(prepared.line.legacyId)) {
            refuse(number, `legacyId ${prepared.line.legacyId} is in the file twice`);
          } else {
            if (dryRun || ids) known.add(prepared.line.legacyId);
            batch.push(prepared);
          }
        }
        if (dryRun) counts.imported += batch.length;
        else {
          const { imported, refused } = await writeBatch(importer, ids, batch);
          counts.imported += imported;
          counts.present += batch.length - imported - refused.length;
          for (const { line, detail } of refused) refuse(line, detail);
          known.clear();
        }
        progress?.(importer.collection, texts.at(-1)?.number ?? 0);
      }
      return { collection: importer.collection, ...counts };
    },
  };
}
