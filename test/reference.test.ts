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

  it('has a page for every export, with the fields of what the server gives', () => {
    const typedoc = join(repository, 'node_modules/typedoc/bin/typedoc');
    const { status, stderr } = spawnSync(process.execPath, [typedoc, '--out', folder], {
      cwd: repository,
      encoding: 'utf8',
    });
    expect(status, stderr).to.equal(0);
    const index = readFileSync(join(folder, 'README.md'), 'utf8');
    const pages = new Map(
      [...index.matchAll(/\[(\w+)\]\(([\w-]+\/\w+\.md)\)/g)].map(([, name, path]) => [name, path ?? '']),
    );
    expect(Object.keys(client).filter((name) => !pages.has(name))).to.deep.equal([]);
    for (const [name, path] of pages) {
      expect(readFileSync(join(folder, path), 'utf8').split('\n')[0], path).to.match(new RegExp(`\\b${name}\\b`));
    }
    const gym = readFileSync(join(folder, pages.get('Gym') ?? ''), 'utf8');
    expect(gym).to.include('`geoLocation`').and.include('`announcements`');
  });
});
