/** The settings of the server: each is checked when it is read, and what is wrong is said by the variable's name. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hostVariables, readEnvironment, unknownVariables } from '../../src/cli/environment.js';

const variables = Object.values(hostVariables);

describe('the environment of the server', () => {
  it('has a default for everything that the server needs', () => {
    expect(readEnvironment({ HOST: '', PALESTRA_DATA_DIR: '/srv' })).to.deep.include({
      host: '127.0.0.1',
      port: 3000,
      dataDir: '/srv',
      keysDir: '/srv/keys',
      database: 'sqlite:/srv/palestra.sqlite',
      logLevel: 'info',
      rateLimit: true,
      trustProxy: [],
      drainDelay: 0,
      metrics: undefined,
      corsOrigins: undefined,
    });
  });

  it('reads what is set', () => {
    const environment = readEnvironment({
      PORT: '0',
      PALESTRA_CORS_ORIGINS: 'https://a.example, http://localhost:5173',
      PALESTRA_TRUST_PROXY: '10.0.0.0/8,::1',
      PALESTRA_METRICS: 'off',
      PALESTRA_PUBLIC_URL: 'https://club.example/backend/',
      DATABASE_URL: 'mysql://a:b@db/club?tls=on',
    });
    expect(environment).to.deep.include({
      port: 0,
      corsOrigins: ['https://a.example', 'http://localhost:5173'],
      trustProxy: ['10.0.0.0/8', '::1'],
      metrics: false,
      publicUrl: 'https://club.example/backend',
      database: 'mysql://a:b@db/club?tls=on',
    });
  });

  const wrong: readonly (readonly [name: string, value: string, says: RegExp])[] = [
    ['PORT', '70000', /^PORT must be a whole number from 0 to 65535, not "70000"\.$/],
    ['PORT', 'http', /^PORT must be a whole number/],
    ['PALESTRA_CORS_ORIGINS', '*', /^PALESTRA_CORS_ORIGINS must be origins such as .*no wildcard, not "\*"\.$/],
    ['PALESTRA_CORS_ORIGINS', 'https://a.example/path', /^PALESTRA_CORS_ORIGINS must be origins/],
    ['PALESTRA_TRUST_PROXY', '10.0.0.0/40', /^PALESTRA_TRUST_PROXY must be addresses or networks/],
    ['PALESTRA_TRUST_PROXY', 'loopback', /^PALESTRA_TRUST_PROXY must be addresses or networks/],
    ['PALESTRA_PUBLIC_URL', 'club.example', /^PALESTRA_PUBLIC_URL must be a URL/],
    ['PALESTRA_LOG_LEVEL', 'loud', /^PALESTRA_LOG_LEVEL must be one of fatal, error, .*, not "loud"\.$/],
    [
      'PALESTRA_TABLE_PREFIX',
      'club.',
      /^PALESTRA_TABLE_PREFIX must be lower case letters, digits and _, .*, not "club\."\.$/,
    ],
    ['PALESTRA_METRICS', 'yes', /^PALESTRA_METRICS must be on or off, not "yes"\.$/],
    ['PALESTRA_RATE_LIMIT', 'no', /^PALESTRA_RATE_LIMIT must be on or off/],
    ['PALESTRA_DRAIN_DELAY', '1s', /^PALESTRA_DRAIN_DELAY must be a whole number from 0 to 600000, not "1s"\.$/],
    ['PALESTRA_DBA_USERNAME', 'a:b', /^PALESTRA_DBA_USERNAME must be a name/],
    ['PALESTRA_DBA_PASSWORD', 'hunter2', /^PALESTRA_DBA_PASSWORD must be a password of 8 to 128 characters\.$/],
    ['DATABASE_URL', 'postgres://a:hunter2@db/x', /^DATABASE_URL must be sqlite:FILE or mysql:\S+\.$/],
    ['DATABASE_URL', 'mysql://hunter2@db', /^DATABASE_URL must be sqlite:FILE or mysql:\S+\.$/],
    ['DATABASE_URL', 'mysql://root:hunter2@a,b:port/x', /^DATABASE_URL: host 2 of its 2 has no port from 1 to 65535\./],
    ['DATABASE_URL', 'sqlite:', /^DATABASE_URL must be sqlite:FILE/],
  ];
  for (const [name, value, says] of wrong) {
    it(`refuses ${name}=${value}, and shows no secret`, () => {
      expect(() => readEnvironment({ [name]: value })).to.throw(says);
      expect(() => readEnvironment({ [name]: value })).not.to.throw('hunter2');
    });
  }

  it('reads each secret from a file too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'palestra-secrets-'));
    try {
      const secrets = variables.filter(({ secret }) => secret);
      expect(secrets.map(({ name }) => name)).to.include.members(['DATABASE_URL', 'PALESTRA_DBA_PASSWORD']);
      for (const [key, variable] of Object.entries(hostVariables).filter(([, { secret }]) => secret)) {
        const value = variable === hostVariables.database ? 'mysql://a:b@db/club' : 'from the file';
        const file = join(folder, variable.name);
        writeFileSync(file, `${value}\n`);
        expect(readEnvironment({ [`${variable.name}_FILE`]: file })).to.include({ [key]: value });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says which variables it does not know, and what was probably meant', () => {
    const environment = {
      PALESTRA_CORS_ORIGIN: '*',
      PALESTRA_DBA_PASSWORD_FILE: 'known',
      PALESTRA_METRICS: 'known',
      PALESTRA_FAVOURITE_COLOUR: 'red',
      PALESTRA_SERVICE_HOST: '10.0.0.1',
      PALESTRA_PORT: 'tcp://10.0.0.1:3000',
      PALESTRA_PORT_3000_TCP: 'tcp://10.0.0.1:3000',
      EDITOR: 'ed',
    };
    expect(unknownVariables(environment, variables)).to.deep.equal([
      'PALESTRA_CORS_ORIGIN is no setting. Did you mean PALESTRA_CORS_ORIGINS?',
      'PALESTRA_FAVOURITE_COLOUR is no setting.',
    ]);
    expect(unknownVariables({ PALESTRA_PORT: '8080' }, variables)).to.have.length(1);
  });
});
