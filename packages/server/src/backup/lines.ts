/**
 * JSON lines: `{"table","columns","nextId"}`, then its rows as arrays; bytes as `{"base64"}`, which no other column
 * holds.
 */
import type { Readable } from 'node:stream';
import type { Scalar } from '../database/types.js';
import { linesOf as splitLines } from '../files/lines.js';
import { backupDamaged } from './errors.js';

/** A row, or the head of a table. */
export interface Line {
  readonly table: string;
  readonly columns: readonly string[];
  /** Of a table with an `id` column: the least that was never given to a row. */
  readonly nextId?: number;
  readonly row?: readonly Scalar[];
  /** As text, in characters. */
  readonly length: number;
}

export function lineOfTable(table: string, columns: readonly string[], nextId?: number): string {
  return `${JSON.stringify({ table, columns, nextId })}\n`;
}

export function lineOfRow(row: readonly unknown[]): string {
  const values = row.map((value) => (value instanceof Uint8Array ? { base64: encode(value) } : value));
  return `${JSON.stringify(values)}\n`;
}

/** @throws PalestraError `backup_damaged` */
export async function* linesOf(text: Readable): AsyncGenerator<Line> {
  let head: Head | undefined;
  for await (const bytes of splitLines(text)) {
    const line = bytes.toString();
    const value: unknown = parse(line);
    if (Array.isArray(value)) {
      if (!head) throw backupDamaged('it has rows without a table');
      yield { ...head, row: value.map(toScalar), length: line.length };
    } else {
      if (!isHead(value)) throw backupDamaged('a line of it is neither a table nor a row');
      head = value;
      yield { ...head, length: line.length };
    }
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw backupDamaged('a line of it is not JSON', error);
  }
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function toScalar(value: unknown): Scalar {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  if (typeof value === 'object' && 'base64' in value) return Buffer.from(String(value.base64), 'base64');
  throw backupDamaged('a row of it holds what no column can');
}

type Head = Pick<Line, 'table' | 'columns' | 'nextId'>;

function isHead(value: unknown): value is Head {
  return typeof value === 'object' && value !== null && 'table' in value && 'columns' in value;
}
