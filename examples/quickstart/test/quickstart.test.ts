/** The quickstart tells its story against a real server, twice, and says what is missing when something is. */
import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';

const script = fileURLToPath(new URL('../quickstart.mjs', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Ending {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(environment: Record<string, string>): Promise<Ending> {
  const { PATH } = process.env;
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script], { env: { PATH, ...environment } }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

describe('the quickstart', function () {
  this.timeout(120_000);

  let host: TestHost;
  let environment: Record<string, string>;

  before(async () => {
    // A run of every test has built what is run here.
    if (process.env.TEST_RUN_FOLDER === undefined)
      for (const args of [
        ['node_modules/typescript-7/bin/tsc', '-b', 'packages/client-sdk'],
        ['scripts/build-packages.mjs'],
      ])
        execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' });
    host = await startTestHost({ plugins: [gym, merchandise] });
    const { username, password } = await host.account('dba');
    environment = { PALESTRA_URL: host.url, PALESTRA_DBA_USERNAME: username, PALESTRA_DBA_PASSWORD: password };
  });

  after(() => host.stop());

  it('can be run twice', async () => {
    for (const time of ['first', 'second']) {
      const { code, out, err } = await run(environment);
      expect(err, time).to.equal('');
      expect(code).to.equal(0);
      const lines = out.trimEnd().split('\n');
      expect(lines[0]).to.match(/^Registered and signed in: jon-\w+, a player\.$/);
      expect(lines[1]).to.match(/^Opened: Iron Temple \w+\. On sale there: Ten yoga classes\.$/);
      expect(lines[2]).to.match(/^Found by query: Iron Temple \w+; Ten yoga classes\.$/);
      expect(lines[3]).to.match(/^Found by discovery: Iron Temple \w+, 4\.2 km away\.$/);
      expect(lines[4]).to.equal('Found by discovery: Ten yoga classes, 99.00 EUR.');
      expect(lines).to.have.length(5);
    }
  });

  it('says which variable is missing', async () => {
    const { code, err } = await run({ PALESTRA_URL: host.url });
    expect(code).to.equal(2);
    expect(err).to.include('PALESTRA_DBA_PASSWORD');
  });

  it('says that the password is wrong', async () => {
    const { code, err } = await run({ ...environment, PALESTRA_DBA_PASSWORD: 'not the password' });
    expect(code).to.equal(1);
    expect(err).to.include('PALESTRA_DBA_PASSWORD must be what the first start printed');
  });

  it('says that no server is there', async () => {
    const { code, err } = await run({ ...environment, PALESTRA_URL: 'http://127.0.0.1:9' });
    expect(code).to.equal(1);
    expect(err).to.include('Is the server running?');
  });
});
