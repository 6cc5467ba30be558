/**
 * Imports the collections of a folder in the order of their references, in small transactions. A line that was imported
 * is known by its `legacyId`, so that a run that ended early is continued by the same command; a line that does not fit
 * is told and left out.
 */
import { type Clock, type Importer, isPalestraError, type WriteLine } from '@palestra/core';
import { errorOf, faultOf } from '../contract/faults.js';
import type { Validator } from '../contract/validate.js';
import { databaseFault } from '../database/errors.js';
import type { Database, Unit } from '../database/types.js';
import type { Audit } from '../plugin/audit.js';
import { createIdAllocator, type IdAllocator, type LegacyIds } from './legacy-ids.js';
import { batchesOf, type ReadLine, readLine, type TextLine } from './lines.js';
import type { CollectionReport, ImportRequest, LineFault } from './types.js';

export interface RunParts {
  readonly database: Database;
  readonly legacyIds: LegacyIds;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly validatorOf: (importer: Importer) => Validator;
  /** Of a table, as messages name it. */
  readonly collectionOf: (table: string) => string;
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
/** Lines that are prepared together: passwords are wrapped by a pool. */
const atOnce = 4;

export interface Run {
  import(file: CollectionFile): Promise<CollectionReport>;
  readonly faults: readonly LineFault[];
}

/** A line that fits, and what writes it. */
interface Prepared {
  readonly line: ReadLine;
  readonly write: WriteLine;
}

export function createRun(parts: RunParts, { actor, dryRun, progress }: ImportRequest): Run {
  const { database, legacyIds, audit, clock } = parts;
  const faults: LineFault[] = [];
  /** A dry run writes nothing, and so remembers what it would have written. */
  const seen = new Map<string, Set<string>>();

  async function references(importer: Importer, fields: Record<string, unknown>): Promise<string | undefined> {
    for (const [name, table] of Object.entries(importer.references)) {
      const value = fields[name];
      if (value === undefined || value === null) continue;
      const legacyId = String(value);
      const id = seen.get(table)?.has(legacyId) ? 1 : await legacyIds.find(table, legacyId);
      if (id === undefined) return `${name} ${legacyId} is not among the imported ${parts.collectionOf(table)}`;
      fields[name] = String(id);
    }
    return undefined;
  }

  /** Undefined for a line of an earlier run; a text says what is wrong. */
  async function prepare(importer: Importer, text: TextLine): Promise<Prepared | string | undefined> {
    const line = readLine(text, importer.hasId);
    if (typeof line === 'string') return line;
    const { table, hasId } = importer;
    if (hasId && (await legacyIds.find(table, line.legacyId)) !== undefined) return undefined;
    const missing = await references(importer, line.fields);
    if (missing !== undefined) return missing;
    const validate = parts.validatorOf(importer);
    if (!validate(line.fields)) return errorOf(faultOf(validate.errors), importer.collection).message;
    if (dryRun) return { line, write: async () => true };
    const createdAt = line.createdAt ?? clock.now();
    return { line, write: await importer.prepare({ legacyId: line.legacyId, createdAt, fields: line.fields }) };
  }

  /** How many lines were new. */
  function write(importer: Importer, ids: IdAllocator | undefined, batch: readonly Prepared[]): Promise<number> {
    const { collection, table } = importer;
    return database.unitOfWork(async (unit: Unit) => {
      let written = 0;
      for (const { line, write: writeLine } of batch) {
        const id = (await ids?.next(line.legacyId, unit)) ?? 0;
        if (!(await writeLine(id, unit))) continue;
        if (ids) await legacyIds.add(table, line.legacyId, id, unit);
        written += 1;
      }
      const detail = { collection, imported: written };
      if (written > 0) await audit.record(unit, actor, { action: 'import', object: collection, detail });
      return written;
    });
  }

  return {
    faults,
    async import({ importer, path, file }) {
      const ids = importer.hasId ? createIdAllocator(database, importer.table) : undefined;
      const counts = { imported: 0, present: 0, faults: 0 };
      const known = new Set<string>();
      seen.set(importer.table, known);
      const refuse = (line: number, detail: string) => {
        counts.faults += 1;
        if (faults.length < mostFaults) faults.push({ file, line, detail });
      };
      const add = (written: number, of: number) => {
        counts.imported += written;
        counts.present += of - written;
      };
      for await (const texts of batchesOf(path, batchSize)) {
        const batch: Prepared[] = [];
        for (const [{ number }, prepared] of await prepareAll(texts, (text) => prepare(importer, text))) {
          if (prepared === undefined) counts.present += 1;
          else if (typeof prepared === 'string') refuse(number, prepared);
          else if (known.has(prepared.line.legacyId) && ids)
            refuse(number, `legacyId ${prepared.line.legacyId} is in the file twice`);
          else {
            if (dryRun || ids) known.add(prepared.line.legacyId);
            batch.push(prepared);
          }
        }
        if (dryRun) counts.imported += batch.length;
        else {
          try {
            add(await write(importer, ids, batch), batch.length);
          } catch (error) {
            if (detailOf(error) === undefined) throw error;
            // One line of the batch does not fit: each by itself tells which.
            for (const each of batch) {
              try {
                add(await write(importer, ids, [each]), 1);
              } catch (single) {
                const detail = detailOf(single);
                if (detail === undefined) throw single;
                refuse(each.line.number, detail);
              }
            }
          }
          known.clear();
        }
        progress?.(importer.collection, texts.at(-1)?.number ?? 0);
      }
      return { collection: importer.collection, ...counts };
    },
  };
}

/** A few at once, in the order of the lines. */
async function prepareAll(
  texts: readonly TextLine[],
  prepare: (text: TextLine) => Promise<Prepared | string | undefined>,
): Promise<[TextLine, Prepared | string | undefined][]> {
  const done: [TextLine, Prepared | string | undefined][] = [];
  for (let from = 0; from < texts.length; from += atOnce) {
    const some = texts.slice(from, from + atOnce).map(async (text): Promise<(typeof done)[number]> => {
      try {
        return [text, await prepare(text)];
      } catch (error) {
        const detail = detailOf(error);
        if (detail === undefined) throw error;
        return [text, detail];
      }
    });
    done.push(...(await Promise.all(some)));
  }
  return done;
}

/** What is wrong with a line; undefined for what is wrong with the server. */
function detailOf(error: unknown): string | undefined {
  const fault = databaseFault(error);
  if (fault?.kind === 'duplicate') return `is there already (${fault.constraint ?? 'a unique value'})`;
  if (fault?.kind === 'reference') return 'refers to what there is not';
  if (!isPalestraError(error) || error.fact.status >= 500) return undefined;
  return error.message;
}
