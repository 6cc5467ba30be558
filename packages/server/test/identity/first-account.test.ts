/** The first start makes one DBA, whichever of several instances comes first, and never another. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPalestra, type Palestra, type PalestraOptions } from '@palestra/server';
import { describeOnEachDatabase, shareSealingKey } from '@palestra/server/testing';
import { expect } from 'chai';
import { pino } from 'pino';
import { type FirstAccount, identityService } from '../../src/identity/index.js';
import { accountAdministration } from '../../src/management/index.js';

const log = pino({ level: 'silent' });

describeOnEachDatabase('the first account', (fresh) => {
  let dataDir: string;
  let database: string;
  let shown: FirstAccount[];
  const made: Palestra[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'palestra-first-'));
    await shareSealingKey(dataDir);
    database = await fresh();
    shown = [];
  });
  afterEach(async () => {
    for (const palestra of made.splice(0)) await palestra.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const create = (options: Partial<PalestraOptions> = {}): Palestra => {
    const onFirstAccount = (account: FirstAccount) => shown.push(account);
    const palestra = createPalestra({ plugins: [], database, dataDir, log, onFirstAccount, ...options });
    made.push(palestra);
    return palestra;
  };

  const dbas = async (palestra: Palestra) =>
    palestra.database().knex('account').select('username').where({ role: 'dba' });

  it('is made by the first start alone, with a password of its own', async () => {
    const first = create();
    await first.start();
    expect(shown).to.have.length(1);
    expect(shown[0]).to.include({ username: 'dba', generated: true });
    expect(shown[0]?.password).to.match(/^[A-Za-z0-9_-]{20}$/);
    await first.stop();
    const second = create({ dba: { username: 'other', password: 'another password' } });
    await second.start();
    expect(shown).to.have.length(1);
    expect(await dbas(second)).to.have.length(1);
    await second.stop();
  });

  it('is as the environment says', async () => {
    const palestra = create({ dba: { username: 'Chief', password: 'password of the chief' } });
    await palestra.start();
    expect(shown).to.deep.equal([{ username: 'Chief', password: 'password of the chief', generated: false }]);
    expect(await dbas(palestra)).to.have.deep.members([{ username: 'Chief' }]);
    await palestra.stop();
  });

  it('is not made with a password that registration would refuse', async () => {
    const palestra = create({ dba: { password: 'short' } });
    const error = await palestra.start().catch((thrown: Error) => thrown);
    expect(error)
      .to.have.nested.property('cause.message')
      .that.matches(/at least 8/);
    const later = create();
    await later.start();
    expect(shown).to.have.length(1);
    await later.stop();
  });

  it('is one where several instances start at once', async function () {
    this.timeout(60_000);
    const migrated = create({ dba: { password: 'short' } });
    await migrated.start().catch(() => undefined);
    const instances = Array.from({ length: 4 }, () => create());
    await Promise.all(instances.map((instance) => instance.start()));
    expect(shown).to.have.length(1);
    for (const instance of instances) expect(await dbas(instance)).to.have.length(1);
    await Promise.all(instances.map((instance) => instance.stop()));
  });

  const provisioners = (palestra: Palestra) =>
    palestra.database().knex('machine_token').where({ scope: 'secure_provisioner' });

  it('comes with the token of the provisioner, one in all, which is shown whenever it is asked for', async function () {
    this.timeout(60_000);
    const instances = Array.from({ length: 3 }, () => create());
    await Promise.all(instances.map((instance) => instance.start()));
    const [one, two] = instances as [Palestra, Palestra];
    const provisioner = (instance: Palestra) =>
      instance.database().unitOfWork((unit) => instance.service(identityService).machines.provisioner(unit));
    const revoke = (instance: Palestra, tokenId: string) =>
      instance.database().unitOfWork((unit) => instance.service(identityService).machines.revoke(tokenId, unit));
    const shown = await provisioner(one);
    expect((await provisioner(two)).token).to.equal(shown.token);
    expect(await provisioners(one)).to.have.length(1);
    const claims = JSON.parse(Buffer.from(shown.token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).to.include({ scope: 'secure_provisioner', jti: shown.tokenId });
    expect(claims).not.to.have.property('exp');
    expect(await revoke(one, shown.tokenId)).to.equal(true);
    const next = await provisioner(two);
    expect(next.tokenId).not.to.equal(shown.tokenId);
    expect((await provisioner(one)).tokenId).to.equal(next.tokenId);
    await revoke(one, next.tokenId);
    const accounts = instances.map((instance) => instance.service(accountAdministration));
    const asked = accounts.flatMap((each) => Array.from({ length: 4 }, () => each.provisioner({ program: 'test' })));
    expect(new Set(await Promise.all(asked)), 'asked for at once').to.have.length(1);
    expect(await provisioners(one).where({ revoked_at: null })).to.have.length(1);
    await Promise.all(instances.map((instance) => instance.stop()));
  });
});
