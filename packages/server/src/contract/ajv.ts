/** ajv, loaded when the first schema is compiled: most starts compile none before they answer. */
import { createRequire } from 'node:module';
import type { Ajv2020, Options } from 'ajv/dist/2020.js';
import { currencies, isInstant } from './formats.js';

const require = createRequire(import.meta.url);

/**
 * Without the schema of schemas, whose compilation would be a tenth of a start, and without ajv's optimization of its
 * code, which takes as long as making it: V8 optimizes what is called often.
 */
export function createAjv(options: Options): Ajv2020 {
  const { Ajv2020 } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
  const addFormats = require('ajv-formats') as typeof import('ajv-formats');
  const plain: Options = { strict: false, validateSchema: false, meta: false, code: { optimize: false } };
  const ajv = new Ajv2020({ ...plain, ...options });
  addFormats.default(ajv);
  ajv.addFormat('date-time', isInstant);
  ajv.addFormat('iso-4217', (code: string) => currencies.has(code));
  return ajv;
}
