/** Lines of a file as the import reads them: JSON objects with `legacyId` and `createdDate`, in small batches. */
import { createReadStream } from 'node:fs';
import { isInstant } from '../contract/formats.js';
import { parseJsonLine } from '../files/json-line.js';
import { textLinesOf } from '../files/lines.js';

export interface TextLine {
  /** Counted from 1. */
  readonly number: number;
  /** Undefined for a line that is not UTF-8. */
  readonly text: string | undefined;
}

export interface ReadLine {
  readonly number: number;
  /** Empty for a collection whose rows have no id. */
  readonly legacyId: string;
  readonly createdAt: number | undefined;
  readonly fields: Record<string, unknown>;
}

/** Lines without text are left out. */
export async function* batchesOf(path: string, size: number): AsyncGenerator<TextLine[]> {
  let batch: TextLine[] = [];
  let number = 0;
  for await (const text of textLinesOf(createReadStream(path))) {
    number += 1;
    if (text?.trim() === '') continue;
    batch.push({ number, text });
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const longestLegacyId = 64;

/** The line, or what is wrong with it. */
export function readLine({ number, text }: TextLine, hasId: boolean): ReadLine | string {
  const value = parseJsonLine(text);
  if (typeof value === 'string') return value;
  const { legacyId, createdDate, ...fields } = value;
  const id = typeof legacyId === 'number' ? String(legacyId) : legacyId;
  if (!hasId && id !== undefined) return 'legacyId is for collections whose rows have an id';
  if (hasId && (typeof id !== 'string' || !/^[!-~]{1,64}$/.test(id))) {
    return `legacyId must be a number, or 1 to ${longestLegacyId} visible ASCII characters`;
  }
  if (createdDate !== undefined && !(typeof createdDate === 'string' && isInstant(createdDate))) {
    return 'createdDate must be an RFC 3339 date and time';
  }
  const createdAt = createdDate === undefined ? undefined : Date.parse(createdDate as string);
  return { number, legacyId: hasId ? String(id) : '', createdAt, fields };
}
