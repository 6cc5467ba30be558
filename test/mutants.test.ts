/** The table of `npm run mutants` is up to date: each fault can be put in, and names a test file that is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { mutated } from '../scripts/mutants/mutant.js';
import { mutants } from '../scripts/mutants/table/index.js';
import { repository } from '../scripts/workspace.js';

/** Without escapes, so that a title is found as it is read. */
function textOf(file: string): string {
  const path = join(repository, file);
  return existsSync(path) ? readFileSync(path, 'utf8').replaceAll('\\', '') : '';
}

describe('the table of mutants', () => {
  it('changes text that is there, once each', () => {
    const stale = mutants.flatMap((mutant) => {
      try {
        return mutated(mutant) === '' ? [mutant.fault] : [];
      } catch (error) {
        return [(error as Error).message];
      }
    });
    expect(stale).to.deep.equal([]);
  });

  it('says each fault once, and by which test it is found', () => {
    expect(new Set(mutants.map(({ file, fault }) => `${file} ${fault}`)).size).to.equal(mutants.length);
    const lost = mutants.filter(({ killedBy: { file, title } }) => !textOf(file).includes(title));
    expect(lost.map(({ killedBy: { file, title } }) => `${file} has no test "${title}"`)).to.deep.equal([]);
  });
});
