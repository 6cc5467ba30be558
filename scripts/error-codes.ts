/** The error codes of the server and its built-in plugins, as a union for the client. */
import { catalogue, type ErrorFact } from '@palestra/core';
import { plugins } from '../palestra.config.js';

type ErrorFacts = Readonly<Record<string, ErrorFact>>;

export function errorCodes(): string {
  const tables = [catalogue, ...plugins.map(({ errors = {} }: { readonly errors?: ErrorFacts }) => errors)];
  const codes = new Set(tables.flatMap((facts) => Object.values(facts)).map(({ code }) => code));
  const members = [...codes].sort().map((code) => `  | '${code}'`);
  return `/** Codes of the server and its built-in plugins. */\nexport type ServerCode =\n${members.join('\n')};\n`;
}
