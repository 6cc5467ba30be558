/**
 * Imports the collections of a folder in the order of their references, in transactions of many lines. A line that was imported
 * is known by its `legacyId`, so that a run that ended early is continued by the same command; a line that does not fit
 * is told and left out.
 */
import type { Importer } from '@palestra/core';
import type { Database } from '../database/types.js';
import type { Audit } from '../plugin/audit.js';
import { createIdAllocator } from './ids.js';
import { batchesOf } from './lines.js';
import { createPrepareLines, type Prepared, type PrepareParts } from './prepare.js';
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

/** Lines that are prepared together. */
const preparedTogether = 100;
/** Lines of a transaction, at most. */
const writtenTogether = 1_000;
/** Bytes of the lines that are kept in memory, at most. */
const keptBytes = 2 ** 20;
/** Milliseconds after which prepared lines are written: a password takes a tenth of a second, and an end loses its work. */
const writeEveryMs = 1_000;
/** The first ones are enough to correct what wrote the file. */
const mostFaults = 200;

export interface Run {
  import(file: CollectionFile): Promise<CollectionReport>;
  readonly faults: readonly LineFault[];
}

export function createRun(parts: RunParts, { actor, dryRun, progress }: ImportRequest): Run {
  const faults: LineFault[] = [];
  const seen = new Map<string, Set<string>>();
  const prepare = createPrepareLines({ ...parts, dryRun, seen });
  const writeBatch = createWriteBatch({ ...parts, actor });

  return {
    faults,
    async import({ importer, path, file }) {
      const ids = importer.hasId ? createIdAllocator(parts.database, importer.table) : undefined;
      const counts = { imported: 0, present: 0, faults: 0 };
      /** Of lines that wait to be written, in a dry run of all. */
      const known = new Set<string>();
      seen.set(importer.table, known);
      const refuse = (line: number, detail: string) => {
        counts.faults += 1;
        if (faults.length < mostFaults) faults.push({ file, line, detail });
      };
      let batch: Prepared[] = [];
      let [bytes, begun] = [0, performance.now()];
      const flush = async () => {
        if (dryRun) counts.imported += batch.length;
        else {
          const { imported, refused } = await writeBatch(importer, ids, batch);
          counts.imported += imported;
          counts.present += batch.length - imported - refused.length;
          for (const { line, detail } of refused) refuse(line, detail);
          known.clear();
        }
        batch = [];
        [bytes, begun] = [0, performance.now()];
      };
      for await (const texts of batchesOf(path, preparedTogether)) {
        for (const [{ number, text }, prepared] of await prepare(importer, texts)) {
          if (prepared === undefined) counts.present += 1;
          else if (typeof prepared === 'string') refuse(number, prepared);
          else if (ids && known.has(prepared.line.legacyId)) {
            refuse(number, `legacyId ${prepared.line.legacyId} is in the file twice`);
          } else {
            if (dryRun || ids) known.add(prepared.line.legacyId);
            batch.push(prepared);
            bytes += text?.length ?? 0;
          }
        }
        const waits = batch.length < writtenTogether && bytes < keptBytes && performance.now() - begun < writeEveryMs;
        if (!waits) await flush();
        progress?.(importer.collection, texts.at(-1)?.number ?? 0);
      }
      await flush();
      return { collection: importer.collection, ...counts };
    },
  };
}
