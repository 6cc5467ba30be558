/** The reference of client, core and server: made of the doc comments by `npm run docs`, complete, every link resolved. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as client from '@palestra/client';
import * as core from '@palestra/core';
import * as server from '@palestra/server';
import { expect } from 'chai';
import { repository } from '../scripts/workspace.js';

const packages: Readonly<Record<string, object>> = { 'client-sdk': client, core, server };

describe('the reference', function () {
  this.timeout(300_000);

  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-reference-'));
    const typedoc = join(repository, 'node_modules/typedoc/bin/typedoc');
    const { status, stderr } = spawnSync(process.execPath, [typedoc, '--out', folder, '--skipErrorChecking'], {
      cwd: repository,
      encoding: 'utf8',
    });
    expect(status, stderr).to.equal(0);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Paths by what they are about. */
  function pagesOf(name: string): ReadonlyMap<string, string> {
    const index = readFileSync(join(folder, name, 'src/README.md'), 'utf8');
    const links = index.matchAll(/\[(\w+)\]\(([\w-]+\/\w+\.md)\)/g);
    return new Map([...links].map(([, about = '', path = '']) => [about, join(folder, name, 'src', path)]));
  }

  for (const [name, exported] of Object.entries(packages)) {
    it(`has a page for every export of ${name}`, () => {
      const pages = pagesOf(name);
      expect(Object.keys(exported).filter((each) => !pages.has(each))).to.deep.equal([]);
      for (const [about, path] of pages) {
        expect(readFileSync(path, 'utf8').split('\n')[0], path).to.match(new RegExp(`\\b${about}\\b`));
      }
    });
  }

  it('shows the fields of what the server gives', () => {
    const gym = readFileSync(pagesOf('client-sdk').get('Gym') ?? '', 'utf8');
    expect(gym).to.include('`geoLocation`').and.include('`announcements`');
  });
});
