/** What was measured on one machine, and the distances between machines that no measurement here can tell. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationName } from './operations.js';

export interface Figures {
  readonly date: string;
  readonly machine: string;
  /** A statement by key and back, database and server on one machine. */
  readonly statementUs: number;
  /** What a commit takes more than that: the flush of the log to the disk. */
  readonly commitUs: number;
  readonly operations: Readonly<Record<OperationName, MeasuredCall>>;
  /** A member's own purchase. */
  readonly read: Omit<MeasuredCall, 'bytes'>;
}

/** Processor time of one call, and what it leaves on the disk, indexes included. */
export interface MeasuredCall {
  readonly serverUs: number;
  readonly databaseUs: number;
  readonly bytes: number;
}

export function readFigures(): Figures {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'figures.json'), 'utf8')) as Figures;
}
