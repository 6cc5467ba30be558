/** `palestra user import FILE`: what it says, where, and with what exit code. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { progressOn } from '../../src/cli/commands/user-import.js';
import { signIn } from '../identity/fixture.js';
import { createPalestraCommand, type Palestra } from './palestra.js';

const hash = createHash('sha256').update('password of 2015').digest('hex');

describeOnEachDatabase('palestra user import', (fresh) => {
  let host: TestHost;
  let palestra: Palestra;
  let remove: () => Promise<void>;
  let folder: string;

  before(async () => {
    const database = await fresh();
    host = await startTestHost({ plugins: [], database });
    folder = await mkdtemp(join(tmpdir(), 'palestra-import-'));
    [palestra, remove] = await createPalestraCommand({ dataDir: host.dataDir, database });
  });
  after(async () => {
    await remove();
    await host.stop();
    await rm(folder, { recursive: true });
  });

  const write = async (...lines: string[]) => {
    const file = join(folder, 'users.jsonl');
    await writeFile(file, lines.join('\r\n'));
    return file;
  };

  it('imports beside a server that runs, where they sign in at once', async () => {
    const file = await write(
      ...['ann', 'bob'].map((username) => JSON.stringify({ username, password_hash: hash })),
      '',
    );
    const { code, stdout } = await palestra(['user', 'import', file]);
    expect([code, stdout.trim()]).to.deep.equal([0, 'Imported 2 accounts.']);
    expect((await signIn(host, 'Ann', 'password of 2015')).status).to.equal(200);
    const again = await palestra(['user', 'import', file]);
    expect([again.code, again.stdout.trim()]).to.deep.equal([0, 'Imported 0 accounts. 2 were imported before.']);
  });

  it('says file and line of every fault, and shows no hash', async () => {
    const good = { username: 'eve', password_hash: hash };
    const file = await write(JSON.stringify(good), JSON.stringify({ ...good, role: 'root' }), '{');
    const faults = [`${file}:2: role must be a role of people`, `${file}:3: is not JSON.`, '2 faults found.'];
    const dry = await palestra(['user', 'import', file, '--dry-run']);
    expect(dry.code).to.equal(1);
    expect(dry.stdout.trim().split('\n')).to.deep.equal([...faults, 'Would import 1 accounts.']);
    expect((await signIn(host, 'eve', 'password of 2015')).status).to.equal(401);
    const { code, stdout } = await palestra(['user', 'import', file]);
    expect(code).to.equal(1);
    expect(stdout.trim().split('\n')).to.deep.equal([...faults, 'Imported 1 accounts.']);
    expect((await signIn(host, 'eve', 'password of 2015')).status).to.equal(200);
  });

  it('needs one file that is there', async () => {
    expect((await palestra(['user', 'import'])).code).to.equal(2);
    const refused = await palestra(['user', 'import', folder]);
    expect([refused.code, refused.stderr]).to.deep.equal([1, `${folder} is not a file.\n`]);
    expect((await palestra(['user', 'import', join(folder, 'none')])).code).to.equal(1);
  });
});

describe('the progress of an import', () => {
  it('is one line on a terminal, and nothing elsewhere', () => {
    let now = 0;
    const written: string[] = [];
    const stream = Object.assign(new PassThrough(), { isTTY: true });
    stream.on('data', (chunk) => written.push(chunk.toString()));
    const progress = progressOn(stream, () => now);
    for (let done = 1; done <= 40; done++) {
      now += 20;
      progress(done, 40);
    }
    expect(written).to.have.length(8);
    expect(written[0]).to.equal('\r\u001b[KWrapping passwords: 5 of 40, 1 s left');
    expect(written.at(-1)).to.equal('\r\u001b[KWrapping passwords: 40 of 40, 0 s left\n');
    written.splice(0);
    progressOn(Object.assign(stream, { isTTY: false }), () => now)(1, 1);
    expect(written).to.deep.equal([]);
  });
});
