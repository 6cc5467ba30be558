/** From a line of a file to what writes it: old ids become ids, and the fields are held to the contract. */
import { type Clock, type Importer, isPalestraError, type WriteLine } from '@palestra/core';
import { errorOf, faultOf } from '../contract/faults.js';
import type { Validator } from '../contract/validate.js';
import { databaseFault } from '../database/errors.js';
import { deletedHere } from '../identity/import.js';
import type { LegacyIds } from './legacy-ids.js';
import { type ReadLine, readLine, type TextLine } from './lines.js';

/** Lines that are prepared together: passwords are wrapped by a pool. */
const atOnce = 4;

/** A line that fits, and what writes it. */
export interface Prepared {
  readonly line: ReadLine;
  readonly write: WriteLine;
}

/** Undefined for a line of an earlier run; a text says what is wrong. */
type Preparation = Prepared | string | undefined;

export interface PrepareParts {
  readonly legacyIds: LegacyIds;
  readonly clock: Clock;
  readonly validatorOf: (importer: Importer) => Validator;
  /** Of a table, as messages name it. */
  readonly collectionOf: (table: string) => string;
  readonly dryRun: boolean;
  /** A dry run writes nothing, and so remembers by table what it would have written. */
  readonly seen: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Of a file's next lines, in their order. */
export type PrepareLines = (importer: Importer, texts: readonly TextLine[]) => Promise<[TextLine, Preparation][]>;

export function createPrepareLines(parts: PrepareParts): PrepareLines {
  const { clock, legacyIds } = parts;
  const references = createReferences(parts);

  async function prepare(importer: Importer, line: ReadLine): Promise<Preparation> {
    const missing = references.resolve(importer, line.fields);
    if (missing !== undefined) return missing;
    const validate = parts.validatorOf(importer);
    if (!validate(line.fields)) return errorOf(faultOf(validate.errors), importer.collection).message;
    if (parts.dryRun) {
      importer.check?.(line.fields);
      return { line, write: async () => true };
    }
    const { legacyId, createdAt = clock.now(), fields } = line;
    return { line, write: await importer.prepare({ legacyId, createdAt, fields }) };
  }

  return async (importer, texts) => {
    const { table, hasId } = importer;
    const read = texts.map((text) => [text, readLine(text, hasId)] as const);
    const lines = read.flatMap(([, line]) => (typeof line === 'string' ? [] : [line]));
    const ids = hasId ? lines.map(({ legacyId }) => legacyId) : [];
    const known = await legacyIds.findAll(table, ids);
    const fresh = lines.filter(({ legacyId }) => !known.has(legacyId));
    const forgotten = hasId
      ? await legacyIds.forgottenAmong(
          table,
          fresh.map(({ legacyId }) => legacyId),
        )
      : new Set();
    await references.find(importer, fresh);
    return someAtOnce(read, async ([text, line]): Promise<[TextLine, Preparation]> => {
      if (typeof line === 'string') return [text, line];
      if (known.has(line.legacyId)) return [text, undefined];
      if (forgotten.has(line.legacyId)) return [text, deletedHere];
      return [text, await prepare(importer, line).catch(detailOrThrow)];
    });
  };
}

const mostRemembered = 10_000;

/** What was found stays: the records of a member and of a gym refer to them by the thousand. */
function createReferences({ legacyIds, seen, collectionOf }: PrepareParts) {
  const found = new Map<string, number>();
  const keyOf = (table: string, legacyId: string) => `${table} ${legacyId}`;
  return {
    /** Looks up what these lines refer to. */
    async find({ references }: Importer, lines: readonly ReadLine[]): Promise<void> {
      if (found.size >= mostRemembered) found.clear();
      for (const [name, table] of Object.entries(references)) {
        const wanted = new Set(
          lines.flatMap(({ fields: { [name]: value } }) => (value == null ? [] : [String(value)])),
        );
        const unknown = [...wanted].filter((id) => !seen.get(table)?.has(id) && !found.has(keyOf(table, id)));
        for (const [id, row] of await legacyIds.findAll(table, unknown)) found.set(keyOf(table, id), row);
      }
    },
    /** Puts ids in the place of older ones; what is wrong, if one of them is not known. */
    resolve({ references }: Importer, fields: Record<string, unknown>): string | undefined {
      for (const [name, table] of Object.entries(references)) {
        const value = fields[name];
        if (value == null) continue;
        const legacyId = String(value);
        const id = seen.get(table)?.has(legacyId) ? 1 : found.get(keyOf(table, legacyId));
        if (id === undefined) return `${name} ${legacyId} is not among the imported ${collectionOf(table)}`;
        fields[name] = String(id);
      }
      return undefined;
    },
  };
}

/** The results in the order of the items. */
async function someAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const done: Result[] = [];
  for (let from = 0; from < items.length; from += atOnce) {
    done.push(...(await Promise.all(items.slice(from, from + atOnce).map(work))));
  }
  return done;
}

function detailOrThrow(error: unknown): string {
  const detail = detailOf(error);
  if (detail === undefined) throw error;
  return detail;
}

/** What is wrong with a line; undefined for what is wrong with the server. */
export function detailOf(error: unknown): string | undefined {
  const fault = databaseFault(error);
  if (fault?.kind === 'duplicate') return `is there already (${fault.constraint ?? 'a unique value'})`;
  if (fault?.kind === 'reference') return 'refers to what there is not';
  if (!isPalestraError(error) || error.fact.status >= 500) return undefined;
  return error.message;
}
