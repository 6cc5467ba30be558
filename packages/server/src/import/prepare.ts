/** From a line of a file to what writes it: old ids become ids, and the fields are held to the contract. */
import { type Clock, type Importer, isPalestraError, type WriteLine } from '@palestra/core';
import { errorOf, faultOf } from '../contract/faults.js';
import type { Validator } from '../contract/validate.js';
import { databaseFault } from '../database/errors.js';
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

export type PrepareLine = (importer: Importer, text: TextLine) => Promise<Preparation>;

export function createPrepareLine(parts: PrepareParts): PrepareLine {
  const { clock, seen } = parts;
  const legacyIds = remembering(parts.legacyIds);

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

  return async (importer, text) => {
    const line = readLine(text, importer.hasId);
    if (typeof line === 'string') return line;
    const { table, hasId } = importer;
    if (hasId && (await legacyIds.find(table, line.legacyId)) !== undefined) return undefined;
    if (hasId && (await parts.legacyIds.isForgotten(table, line.legacyId))) {
      return 'was deleted here, and is not imported again';
    }
    const missing = await references(importer, line.fields);
    if (missing !== undefined) return missing;
    const validate = parts.validatorOf(importer);
    if (!validate(line.fields)) return errorOf(faultOf(validate.errors), importer.collection).message;
    if (parts.dryRun) return { line, write: async () => true };
    const createdAt = line.createdAt ?? clock.now();
    return { line, write: await importer.prepare({ legacyId: line.legacyId, createdAt, fields: line.fields }) };
  };
}

const mostRemembered = 10_000;

/** What was found stays: the records of a member and of a gym refer to them by the thousand. */
function remembering({ find }: LegacyIds): Pick<LegacyIds, 'find'> {
  const known = new Map<string, number>();
  return {
    async find(table, legacyId) {
      const key = `${table} ${legacyId}`;
      const id = known.get(key) ?? (await find(table, legacyId));
      if (known.size >= mostRemembered) known.clear();
      if (id !== undefined) known.set(key, id);
      return id;
    },
  };
}

/** A few at once, in the order of the lines. */
export async function prepareAll(
  texts: readonly TextLine[],
  prepare: (text: TextLine) => Promise<Preparation>,
): Promise<[TextLine, Preparation][]> {
  const done: [TextLine, Preparation][] = [];
  for (let from = 0; from < texts.length; from += atOnce) {
    const some = texts.slice(from, from + atOnce).map(async (text): Promise<[TextLine, Preparation]> => {
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
export function detailOf(error: unknown): string | undefined {
  const fault = databaseFault(error);
  if (fault?.kind === 'duplicate') return `is there already (${fault.constraint ?? 'a unique value'})`;
  if (fault?.kind === 'reference') return 'refers to what there is not';
  if (!isPalestraError(error) || error.fact.status >= 500) return undefined;
  return error.message;
}
