/** Every error that the server and its built-in plugins answer with, and their codes as a union for the client. */
import type { ErrorFact } from '@palestra/core';
import { createPalestra } from '@palestra/server';
import { plugins } from '../palestra.config.js';

/** The catalogue's first, in its order. */
export function errorFacts(): readonly ErrorFact[] {
  return createPalestra({ plugins, dataDir: 'never-opened' }).errors();
}

export function errorCodes(): string {
  const codes = new Set(errorFacts().map(({ code }) => code));
  const members = [...codes].sort().map((code) => `  | '${code}'`);
  return `/** Codes of the server and its built-in plugins. */\nexport type ServerCode =\n${members.join('\n')};\n`;
}
