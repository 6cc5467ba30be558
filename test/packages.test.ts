/** What would be published is sound: `publint` and `attw` find nothing wrong with any packed package. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CheckPackageOptions, checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { expect } from 'chai';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { compile, packForTests } from '../scripts/pack.js';
import { manifestOf, packages, repository } from '../scripts/workspace.js';

const run = promisify(execFile);
const names = packages(repository).map((folder) => manifestOf(repository, folder).name ?? folder);

/** `palestra plugin new` copies the template to where its manifest is a root manifest. */
const ofTheTemplate = './template/package.json has an "exports" field';

interface Mode extends CheckPackageOptions {
  /** Resolutions of TypeScript in which the package need not work. */
  readonly without: readonly string[];
}

const esmOnly: Mode = { without: ['node10', 'node16-cjs'] };

/** Apps load the client, and with it the root of core, in every way there is; what runs on a server is ESM. */
const modesOf = (name: string): Mode[] => {
  if (name === '@palestra/client') return [{ without: [] }];
  return name === '@palestra/core' ? [esmOnly, { without: [], entrypoints: ['.'] }] : [esmOnly];
};

describe('a packed package', function () {
  this.timeout(120_000);

  let folder: string;
  let tarballs: ReadonlyMap<string, string>;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-packed-'));
    compile();
    tarballs = packForTests(names, folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const contentOf = (name: string) =>
    new Uint8Array(readFileSync(tarballs.get(name) ?? expect.fail(`${name} was not packed`)));

  it('has what two of its entries export once, so that a class is the same to the server and to a plugin', async () => {
    const script = `
      import { PalestraError } from '@palestra/core';
      import { assertAcceptable } from '@palestra/core/auth';
      import * as server from '@palestra/server';
      import * as plugin from '@palestra/server/plugin';
      const shared = Object.keys(plugin).filter((name) => name in server);
      const differing = shared.filter((name) => plugin[name] !== server[name]);
      let refusal;
      try { assertAcceptable('short', '/password'); } catch (error) { refusal = error; }
      console.log(JSON.stringify({ shared: shared.length > 5, differing, sameError: refusal instanceof PalestraError }));
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: repository });
    expect(JSON.parse(stdout)).to.deep.equal({ shared: true, differing: [], sameError: true });
  });

  for (const name of names) {
    it(`${name} says the truth about its files (publint)`, async () => {
      const tarball = contentOf(name).buffer;
      const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
      const complaints = messages.map((message) => formatMessage(message, pkg, { color: false }));
      expect(complaints.filter((each) => !each?.startsWith(ofTheTemplate))).to.deep.equal([]);
    });

    it(`${name} has types that resolve as its code does (attw)`, async () => {
      for (const { without, ...mode } of modesOf(name)) {
        const found = await checkPackage(createPackageFromTarballData(contentOf(name)), mode);
        const problems = 'problems' in found ? found.problems : expect.fail(`${name} has no types`);
        const told = problems.filter((each) => !('resolutionKind' in each && without.includes(each.resolutionKind)));
        expect(told).to.deep.equal([]);
      }
    });
  }
});
