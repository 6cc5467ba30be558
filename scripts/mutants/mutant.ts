/** A fault put into the source on purpose, and the test that must fail by it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../workspace.js';

export interface Mutant {
  readonly file: string;
  /** Occurs once in the file. */
  readonly from: string;
  readonly to: string;
  /** What would be lost, as one would say it in a report: `a backup is taken without its MAC`. */
  readonly fault: string;
  readonly killedBy: Killer;
}

export interface Killer {
  readonly file: string;
  /** A part of its full title. */
  readonly title: string;
  /** SQLite, unless what is changed runs on a database server only. */
  readonly database?: 'SQLite' | 'MariaDB';
}

/** One fault: what it is, the text, and what replaces it. */
export type Fault = readonly [fault: string, from: string, to: string];

export function mutantsOf(file: string, killedBy: Killer, ...faults: readonly Fault[]): Mutant[] {
  return faults.map(([fault, from, to]) => ({ file, from, to, fault, killedBy }));
}

/** @throws Error if the text that the mutant changes is not there exactly once: the table is out of date */
export function mutated({ file, from, to, fault }: Mutant, root: string = repository): string {
  const source = readFileSync(join(root, file), 'utf8');
  const found = source.split(from).length - 1;
  if (found !== 1) throw new Error(`${file} has ${JSON.stringify(from)} ${found} times, not once (${fault}).`);
  return source.replace(from, () => to);
}
