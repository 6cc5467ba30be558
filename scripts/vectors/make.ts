/**
 * Writes `packages/core/vectors/*.json`: sealed values for new keys, headers, envelopes, errors. Run by hand when
 * the wire gains a case; what it makes is committed, since sealing is random. Its private keys protect nothing: they
 * are published so that anybody can open what was sealed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../workspace.js';
import { envelopeVectors, errorVectors } from './answers.js';
import { headerVectors } from './headers.js';
import { sealedVectors } from './sealed.js';
import { tokenVectors } from './tokens.js';

const folder = join(repository, 'packages/core/vectors');
const warning = 'PUBLIC TEST MATERIAL: these private keys are published. Never use them for anything else.';

mkdirSync(folder, { recursive: true });
const files = {
  sealed: { warning, ...(await sealedVectors()) },
  tokens: { warning, ...(await tokenVectors()) },
  headers: headerVectors(),
  envelopes: envelopeVectors(),
  errors: errorVectors(),
};
for (const [name, content] of Object.entries(files)) {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
}
