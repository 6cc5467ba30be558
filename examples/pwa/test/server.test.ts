/** What is built and served: types that hold, files under a strict policy, a worker that knows them all. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { sharedTown, type Town } from './support/town.js';

const compiler = fileURLToPath(new URL('../../../node_modules/typescript-7/bin/tsc', import.meta.url));

describe('the app as it is served', function () {
  this.timeout(240_000);

  let town: Town;
  before(async () => {
    town = await sharedTown();
  });

  for (const part of ['app', 'worker']) {
    it(`has types that hold: ${part}`, async () => {
      await promisify(execFile)(process.execPath, [compiler, '-p', join(import.meta.dirname, '..', part)]);
    });
  }

  it('is one page at every address of a screen, and nothing of another origin may run in it', async () => {
    for (const path of ['/', '/gyms/000000000001', '/passes', '/sign-in?next=/door']) {
      const answer = await fetch(town.url + path);
      expect(answer.status, path).to.equal(200);
      expect(await answer.text()).to.include('<main id="main">');
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).to.include("default-src 'none'").and.include("form-action 'none'");
      expect(policy).not.to.match(/unsafe|\*|https?:/);
    }
  });

  it('answers 304 for what the browser has', async () => {
    const first = await fetch(`${town.url}/app.js`);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('content-type')).to.equal('text/javascript; charset=utf-8');
    const again = await fetch(`${town.url}/app.js`, {
      headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' },
    });
    expect(again.status).to.equal(304);
  });

  it('serves its files and the API, and nothing else', async () => {
    const statusOf = async (path: string) => (await fetch(town.url + path)).status;
    expect(await statusOf('/api/discovery/gym?find=1')).to.equal(200);
    for (const path of ['/worker.ts', '/..%2fpackage.json', '/palestra.sqlite', '/keys', '/gyms/x.js']) {
      expect(await statusOf(path), path).to.equal(404);
    }
  });

  it('has a worker that knows every file, under a version that follows from them', async () => {
    const worker = await readFile(join(town.files, 'worker.js'), 'utf8');
    const files = (await readdir(town.files)).filter((file) => file !== 'worker.js');
    expect(files).to.include.members(['index.html', 'app.js', 'style.css', 'manifest.webmanifest']);
    for (const file of files) expect(worker, file).to.include(`"/${file}"`);
  });
});
