/** A process that has used up its file descriptors works again when it has some: nothing that failed meanwhile stays so. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { programOf } from '../../../../scripts/testing/program.js';

describe('a server without a free file descriptor', () => {
  it('loads when it has some again what it could not load', async function () {
    if (process.platform === 'win32') this.skip();
    const program = await programOf(new URL('./without-descriptors.ts', import.meta.url));
    const limited = `ulimit -n 100; exec "${process.execPath}" "${program}"`;
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', limited]);
    const refused = '{"valid":false,"outdated":false}';
    expect(JSON.parse(stdout)).to.deep.equal([
      ['a sign-in of nobody', 'EMFILE', refused],
      ['a sign-in by bcrypt', 'EMFILE', '{"valid":false,"outdated":true}'],
      ['a sealed value', 'EMFILE', 'InvalidSealError'],
      ['metrics', 'EMFILE', 'true'],
      ['mail', 'ESOCKET', 'ESOCKET'],
    ]);
  });
});
