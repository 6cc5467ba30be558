/** Entries commit with what they tell of, in one unbroken chain an instance, and stay as they are. */
import { createHash, createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson } from '@palestra/core';
import { gym } from '@palestra/plugin-gym';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import type { AuditRow } from '../../src/audit/chain.js';
import { createLanes } from '../../src/audit/lanes.js';
import { auditService } from '../../src/audit/types.js';
import { transactionOf } from '../../src/database/connected-unit.js';
import { type AuditedHosts, startAuditedHosts } from './fixture.js';

interface Entry {
  readonly _id: string;
  readonly action: string;
  readonly object: string;
  readonly chain: string;
  readonly seq: number;
}

describeOnEachDatabase('the audit', (fresh) => {
  let hosts: AuditedHosts;
  let dba: Account;

  before(async () => {
    hosts = await startAuditedHosts(fresh);
    dba = await hosts.first.account('dba');
  });
  after(() => hosts.stop());

  const list = async (query = ''): Promise<Entry[]> => {
    const answer = await hosts.first.request('GET', `/api/admin/audit${query}`, { token: dba.token });
    expect(answer.status, answer.text).to.equal(200);
    return answer.body.data;
  };

  it('has one entry a change, whichever instances make them at once', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => hosts.first.account()));
    const answers = await Promise.all(
      people.map(({ username }, index) =>
        (index % 2 === 0 ? hosts.first : hosts.second).request('POST', '/api/admin/grant_privilege', {
          token: dba.token,
          json: { username, role: 'coach' },
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).to.have.length(12);
    const entries = await list();
    const objects = entries.map(({ object }) => object).sort();
    expect(objects).to.deep.equal(people.map(({ id }) => `account/${String(id).padStart(12, '0')}`).sort());
    // Transactions at the same time append to different chains of their instance.
    expect(new Set(entries.map(({ chain }) => chain.replace(/\.\d+$/, ''))).size).to.equal(2);
    expect((await hosts.verify()).faults).to.deep.equal([]);
  });

  it('says who, from where, and in which request', async () => {
    const { username } = await hosts.first.account();
    const headers = { 'x-request-id': 'the-request-17' };
    const json = { username, role: 'coach' };
    await hosts.first.request('POST', '/api/admin/grant_privilege', { token: dba.token, json, headers });
    const entry = (await list()).find(
      (each) => (each as unknown as { requestId: string }).requestId === 'the-request-17',
    );
    expect(entry).to.deep.include({
      actorKind: 'account',
      actorId: String(dba.id).padStart(12, '0'),
      actor: dba.username,
      scope: 'dba',
      ip: '127.0.0.1',
      action: 'privilege.grant',
      detail: { username, from: 'player', to: 'coach' },
    });
  });

  it('is hashed and sealed as canonical JSON, and no two addresses look alike', async () => {
    const { knex } = hosts.first.palestra.database();
    const rows: AuditRow[] = await knex('audit_entry').where('actor_id', dba.id);
    for (const { hash, ...row } of rows) {
      const shuffled = Object.fromEntries(Object.entries(row).reverse());
      expect(hash).to.equal(createHash('sha256').update(canonicalJson(shuffled)).digest('hex'));
    }
    expect(rows.length).to.be.greaterThan(2);
    expect(new Set(rows.map(({ ip }) => ip)).size, 'each sealed by itself').to.equal(rows.length);
    for (const { seal, ...head } of await knex('audit_chain')) {
      const [kid, mac] = seal.split('.');
      const secret = hosts.keys.find(kid)?.secret;
      if (!secret || head.seq === 0) continue;
      expect(mac).to.equal(createHmac('sha256', secret).update(canonicalJson(head)).digest('base64url'));
    }
  });

  it('gives out all that one account did, in its order, from every chain', async () => {
    const account = await hosts.first.account();
    const principal = {
      kind: 'account' as const,
      accountId: account.id,
      username: account.username,
      privilege: 'dba' as const,
    };
    const actor = { principal, ip: '203.0.113.9', requestId: 'many' };
    const database = hosts.first.palestra.database();
    const writers = ['west', 'east'].map((chain) => hosts.writerOf(createLanes(chain, 1, transactionOf)));
    for (let batch = 0; batch < 10; batch += 1) {
      await database.unitOfWork(async (unit) => {
        for (let each = 0; each < 25; each += 1) {
          await writers[batch % 2]?.record(unit, actor, { action: 'thing.do', object: `thing/${batch * 25 + each}` });
        }
      });
      // The next batch has a later time, so that the order of all is known.
      await sleep(2);
    }
    const entries = await hosts.first.palestra.service(auditService).entriesOf(account.id);
    expect(entries.map(({ object }) => object)).to.deep.equal(Array.from({ length: 250 }, (_, at) => `thing/${at}`));
    expect(new Set(entries.map(({ ip }) => ip))).to.deep.equal(new Set(['203.0.113.9']));
  });

  it('is listed in order, in pages, and since an instant', async () => {
    const all = await list();
    expect(all.map(({ _id }) => _id)).to.deep.equal(all.map(({ _id }) => _id).sort());
    const paged: Entry[] = [];
    for (let after = ''; ; ) {
      const page = await list(`?find=5${after}`);
      paged.push(...page);
      if (page.length < 5) break;
      after = `&after=${page.at(-1)?._id}`;
    }
    expect(paged).to.deep.equal(all);
    expect(await list('?since=2099-01-01T00:00:00Z')).to.deep.equal([]);
    expect(await list('?since=2020-01-01T00:00:00Z')).to.have.length(all.length);
    for (const bad of ['after=17', 'since=yesterday', 'find=-1', 'page=2']) {
      const answer = await hosts.first.request('GET', `/api/admin/audit?${bad}`, { token: dba.token });
      expect(answer.status, bad).to.equal(400);
    }
  });

  it('cannot be changed or deleted from, even by the database user that writes it', async () => {
    await hosts.anchor();
    const { knex } = hosts.first.palestra.database();
    for (const [table, change] of [
      ['audit_entry', { actor: 'nobody' }],
      ['audit_anchor', { heads: '{}' }],
    ] as const) {
      for (const attempt of [knex(table).update(change), knex(table).delete()]) {
        const outcome = await attempt.then(String, (error: Error) => error.message);
        expect(outcome).to.contain(`${table} is append-only`);
      }
    }
    expect((await hosts.verify()).faults).to.deep.equal([]);
  });

  it('cannot be replaced either, and a second row of a key is a duplicate', async () => {
    const database = hosts.first.palestra.database();
    await database.unitOfWork((unit) =>
      hosts.writer.record(unit, { program: 'test' }, { action: 'test.do', object: 'nothing' }),
    );
    await hosts.anchor();
    const { knex } = database;
    const replace = database.dialect.name === 'sqlite' ? 'INSERT OR REPLACE' : 'REPLACE';
    for (const table of ['audit_entry', 'audit_anchor']) {
      const before = await knex(table).select();
      const again = (verb: string) =>
        knex.raw(`${verb} INTO ${table} SELECT * FROM ${table}`).then(String, (error: Error) => error.message);
      expect(await again(replace), table).to.contain(`${table} is append-only`);
      expect(await again('INSERT'), table).to.match(/UNIQUE|Duplicate/);
      expect(await knex(table).select()).to.deep.equal(before);
    }
    expect((await hosts.verify()).faults).to.deep.equal([]);
  });

  it('has no entry of what was rolled back', async () => {
    const before = await list();
    const database = hosts.first.palestra.database();
    const record = (fails: boolean) =>
      database.unitOfWork(async (unit) => {
        await hosts.writer.record(unit, { program: 'test' }, { action: 'test.do', object: 'nothing' });
        if (fails) throw new Error('not done');
      });
    expect(await record(true).catch((error: Error) => error.message)).to.equal('not done');
    expect(await list()).to.deep.equal(before);
    await record(false);
    expect(await list()).to.have.length(before.length + 1);
    expect((await hosts.verify()).faults).to.deep.equal([]);
  });

  it('is anchored once for as long as nothing happens', async () => {
    const count = async () => (await hosts.snapshot()).audit_anchor.length;
    await hosts.anchor();
    const anchors = await count();
    await hosts.anchor();
    expect(await count()).to.equal(anchors);
  });
});

describeOnEachDatabase('the audit of resources', (fresh) => {
  let host: TestHost;
  afterEach(() => host.stop());

  const actions = async (dba: Account): Promise<string[]> => {
    const answer = await host.request('GET', '/api/admin/audit', { token: dba.token });
    return answer.body.data.map(({ action, object }: Entry) => `${action} ${object}`);
  };

  async function changeGym(): Promise<string> {
    const admin = await host.account('admin');
    const created = await host.operate('/api/gym', admin.token, 'create', { name: 'Iron' });
    const { _id } = created.body.data;
    await host.operate('/api/gym', admin.token, 'update', { _id, name: 'Steel' });
    await host.operate('/api/gym', admin.token, 'update', { _id, name: 5 });
    await host.operate('/api/gym', admin.token, 'query', {});
    await host.request('DELETE', `/api/gym/${_id}`, { token: admin.token });
    await host.request('DELETE', `/api/gym/${_id}`, { token: admin.token });
    return _id;
  }

  it('has what was updated and deleted', async () => {
    host = await startTestHost({ plugins: [gym], database: await fresh() });
    const dba = await host.account('dba');
    const id = await changeGym();
    expect(await actions(dba)).to.deep.equal([`gym.update gym/${id}`, `gym.delete gym/${id}`]);
  });

  it('takes the first entries of an instance from many at once', async () => {
    host = await startTestHost({ plugins: [gym], database: await fresh() });
    const [dba, admin] = await Promise.all([host.account('dba'), host.account('admin')]);
    const names = Array.from({ length: 20 }, (_, index) => `Gym ${index}`);
    const made = await Promise.all(names.map((name) => host.operate('/api/gym', admin.token, 'create', { name })));
    const changed = await Promise.all(
      made.map(({ body }) => host.operate('/api/gym', admin.token, 'update', { _id: body.data._id, detail: 'x' })),
    );
    expect(changed.map(({ status, text }) => [status, text]).filter(([status]) => status !== 200)).to.deep.equal([]);
    expect(await actions(dba)).to.have.length(20);
  });

  it('has what was created too, where the integrator wants it', async () => {
    const config = { audit: { creates: true } };
    host = await startTestHost({ plugins: [gym], database: await fresh(), config });
    const dba = await host.account('dba');
    const id = await changeGym();
    expect(await actions(dba)).to.deep.equal([`gym.create gym/${id}`, `gym.update gym/${id}`, `gym.delete gym/${id}`]);
  });
});
