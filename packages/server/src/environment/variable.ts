/** One environment variable: what it takes, and its value, given directly or in a file. */
import { readFileSync } from 'node:fs';
import type { Reader } from './reader.js';

export interface Variable<Value = unknown> {
  readonly name: string;
  readonly description: string;
  readonly reader: Reader<Value>;
  /** What holds where it is not set, for people: `127.0.0.1`, `off if NODE_ENV=production`. */
  readonly unset?: string;
  /** Its value is in no message; `NAME_FILE` may name a file that holds it. */
  readonly secret?: boolean;
  /** `NAME_FILE` may name a file for what is not a secret, too. */
  readonly file?: boolean;
}

export type ProcessEnvironment = Readonly<Record<string, string | undefined>>;

/** The variables that may give its value: the second one by a file. */
export function namesOf({ name, secret, file }: Variable): string[] {
  return secret || file ? [name, `${name}_FILE`] : [name];
}

/**
 * Undefined where it is not set, which a variable set to nothing is not either.
 * @throws Error naming the variable and what it takes; the value only if it is no secret
 */
export function readVariable<Value>(variable: Variable<Value>, environment: ProcessEnvironment): Value | undefined {
  const given = textOf(variable, environment);
  if (given === undefined) return undefined;
  const value = variable.reader.read(given);
  if (value !== undefined) return value;
  const shown = variable.secret ? '' : `, not ${JSON.stringify(given)}`;
  throw new Error(`${variable.name} must be ${variable.reader.takes}${shown}.`);
}

function textOf(variable: Variable, environment: ProcessEnvironment): string | undefined {
  const [name = '', fileName] = namesOf(variable);
  const value = environment[name] || undefined;
  const file = (fileName !== undefined && environment[fileName]) || undefined;
  if (file === undefined) return value;
  if (value !== undefined) throw new Error(`Both ${name} and ${fileName} are set. Keep one of them.`);
  const content = contentOf(`${fileName}`, file);
  if (content === '') throw new Error(`${fileName} names ${file}, which is empty.`);
  return content;
}

/** The line break that editors put at the end of a file is left out. */
function contentOf(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new Error(`${name} names ${file}, which cannot be read.`, { cause });
  }
}
