/** Each secret can come from a file, and a file that cannot be used stops the start with its variable's name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readEnvironment } from '../../src/cli/environment.js';
import { readSecretFiles } from '../../src/cli/secret-files.js';
import { createPalestraCommand } from './palestra.js';

describe('secrets from files', () => {
  let folder: string;
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-secrets-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('give the variables of the server, without the line break at the end of the file', () => {
    const environment = readEnvironment({
      DATABASE_URL_FILE: write('url', 'mysql://palestra:s3cret@db/palestra\n'),
      PALESTRA_DBA_PASSWORD_FILE: write('dba', 'two words \r\n'),
      PALESTRA_METRICS_TOKEN_FILE: write('metrics', 'token'),
    });
    expect(environment.database).to.equal('mysql://palestra:s3cret@db/palestra');
    expect(environment.dba.password).to.equal('two words ');
    expect(environment.metrics).to.deep.equal({ bearer: 'token' });
  });

  it('give the secrets of WeChat and of `palestra user add`', () => {
    const file = write('secret', 'from the file');
    const names = ['PALESTRA_WECHAT_APP_SECRET', 'PALESTRA_WECHAT_API_KEY', 'PALESTRA_USER_PASSWORD'];
    for (const name of names)
      expect(readSecretFiles({ [`${name}_FILE`]: file })).to.include({ [name]: 'from the file' });
  });

  it('leave alone what is not a secret, and a variable that is set to nothing', () => {
    const env = { PALESTRA_WECHAT_MERCHANT_KEY_FILE: '/not/read', HOST_FILE: '/not/read', DATABASE_URL_FILE: '' };
    expect(readSecretFiles(env)).to.deep.equal(env);
  });

  it('are refused where the value is set too, the file is empty or cannot be read', () => {
    const read =
      (file: string, value = '') =>
      () =>
        readEnvironment({ DATABASE_URL_FILE: file, DATABASE_URL: value });
    expect(read(write('url', 'sqlite:a.db'), 'sqlite:b.db')).to.throw(
      'Both DATABASE_URL and DATABASE_URL_FILE are set',
    );
    expect(read(write('empty', '\n'))).to.throw(/^DATABASE_URL_FILE names .*empty, which is empty\.$/);
    expect(read(join(folder, 'missing'))).to.throw(/^DATABASE_URL_FILE names .*missing, which cannot be read\.$/);
  });

  it('serve a command, which says why it cannot start', async function () {
    this.timeout(30_000);
    const dataDir = join(folder, 'data');
    const [palestra, remove] = await createPalestraCommand({ dataDir, database: '' });
    try {
      const database = `sqlite:${join(dataDir, 'from-a-file.sqlite')}`;
      const migrated = await palestra(['migrate'], { env: { DATABASE_URL_FILE: write('url', `${database}\n`) } });
      expect(migrated.stderr).to.equal('');
      const again = await palestra(['migrate'], { env: { DATABASE_URL: database } });
      expect(again.stdout).to.equal('The database is up to date.\n');
      const refused = await palestra(['migrate'], { env: { DATABASE_URL_FILE: '/no/such/file' } });
      expect(refused).to.include({ code: 1 });
      expect(refused.stderr).to.include('DATABASE_URL_FILE names /no/such/file, which cannot be read.');
      expect(refused.stderr).to.include('ENOENT');
    } finally {
      await remove();
    }
  });
});
