/**
 * The pages that have no test of their own from the packed packages, walked as a newcomer would; all five are walked by
 * `npm run test:newcomers`, which prints the minutes each takes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Packed, packAll } from '../scripts/newcomers/journey.js';
import { newcomers } from '../scripts/newcomers/paths.js';

describe('a newcomer with the packed packages', function () {
  this.timeout(180_000);

  let folder: string;
  let packed: Packed;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-newcomers-'));
    packed = packAll('linked', folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const { name, page, walk } of newcomers.filter((each) => ['embedding', 'firmware'].includes(each.name))) {
    it(`gets to the end of ${page} (${name})`, () => walk(packed));
  }
});
