/** Every error that the server and its built-in plugins answer with, and their codes as a union for the client. */
import { catalogue, type ErrorFact } from '@palestra/core';
import { backupErrors } from '../packages/server/src/backup/errors.js';
import { plugins } from '../palestra.config.js';

type ErrorFacts = Readonly<Record<string, ErrorFact>>;

/** The catalogue's first, in its order. */
export function errorFacts(): ErrorFact[] {
  const tables = [catalogue, ...plugins.map(({ errors = {} }: { readonly errors?: ErrorFacts }) => errors)];
  return [...tables, backupErrors].flatMap((facts) => Object.values(facts));
}

export function errorCodes(): string {
  const codes = new Set(errorFacts().map(({ code }) => code));
  const members = [...codes].sort().map((code) => `  | '${code}'`);
  return `/** Codes of the server and its built-in plugins. */\nexport type ServerCode =\n${members.join('\n')};\n`;
}
