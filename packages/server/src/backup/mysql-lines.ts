/** JSON lines: `{"table","columns"}`, then its rows as arrays; bytes as `{"base64"}`, which no other column holds. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Scalar } from '../database/index.js';
import { backupDamaged } from './errors.js';

/** A row, or without one the head of its table. */
export interface Line {
  readonly table: string;
  readonly columns: readonly string[];
  readonly row?: readonly Scalar[];
  /** As text, in characters. */
  readonly length: number;
}

export function lineOfTable(table: string, columns: readonly string[]): string {
  return `${JSON.stringify({ table, columns })}\n`;
}

export function lineOfRow(row: readonly unknown[]): string {
  const values = row.map((value) => (value instanceof Uint8Array ? { base64: encode(value) } : value));
  return `${JSON.stringify(values)}\n`;
}

/** @throws PalestraError `backup_damaged` */
export async function* linesOf(text: Readable): AsyncGenerator<Line> {
  let head: Pick<Line, 'table' | 'columns'> | undefined;
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    const value: unknown = parse(line);
    if (Array.isArray(value)) {
      if (!head) throw backupDamaged('it has rows without a table');
      yield { ...head, row: value.map(toScalar), length: line.length };
    } else {
      head = value as Pick<Line, 'table' | 'columns'>;
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
  if (typeof value === 'object' && value !== null && 'base64' in value)
    return Buffer.from(String(value.base64), 'base64');
  return value as Scalar;
}
