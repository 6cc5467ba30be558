/** ajv, loaded when the first schema is compiled: most starts compile none before they answer. */
import { createRequire } from 'node:module';
import type { Ajv2020, Options } from 'ajv/dist/2020.js';
import { currencies, isInstant } from './formats.js';

const require = createRequire(import.meta.url);

/** Compiling the schema of schemas would be a tenth of a start; the conformance kit validates each schema with it. */
export function createAjv(options: Options): Ajv2020 {
  const { Ajv2020 } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
  const addFormats = require('ajv-formats') as typeof import('ajv-formats');
  const ajv = new Ajv2020({ strict: false, validateSchema: false, ...options });
  addFormats.default(ajv);
  ajv.addFormat('date-time', isInstant);
  ajv.addFormat('iso-4217', (code: string) => currencies.has(code));
  return ajv;
}
