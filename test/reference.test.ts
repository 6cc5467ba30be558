/** The client's reference: made of the doc comments by `npm run docs`, complete, with no link that leads nowhere. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as client from '@palestra/client';
import { expect } from 'chai';
import { repository } from '../scripts/workspace.js';

describe('the reference of the client', function () {
  this.timeout(120_000);

  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-reference-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('documents every export and the fields of what the server gives', () => {
    const typedoc = join(repository, 'node_modules/typedoc/bin/typedoc');
    const { status, stderr } = spawnSync(process.execPath, [typedoc, '--out', folder], {
      cwd: repository,
      encoding: 'utf8',
    });
    expect(status, stderr).to.equal(0);
    const text = readFileSync(join(folder, 'README.md'), 'utf8');
    for (const name of Object.keys(client))
      expect(text).to.match(new RegExp(`^### (abstract )?${name}(\\(\\))?$`, 'm'));
    const gym = /^### Gym$(.*?)^\*\*\*$/ms.exec(text)?.[1];
    expect(gym).to.include('`geoLocation`').and.include('`announcements`');
  });
});
