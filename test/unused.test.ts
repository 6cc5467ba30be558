/** Every export is imported by another file or belongs to the entry of a package; `npm run unused` shows the same. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../scripts/workspace.js';

describe('exports', () => {
  it('are all used', async function () {
    this.timeout(120_000);
    const knip = join(repository, 'node_modules/knip/bin/knip.js');
    await promisify(execFile)(process.execPath, [knip, '--no-progress'], { cwd: repository }).catch(
      ({ stdout }: { stdout: string }) => {
        throw new Error(`Remove these exports, or what they export:\n${stdout}`);
      },
    );
  });
});
