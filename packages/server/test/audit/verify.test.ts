/** G23: any one byte that is changed, and any row that is deleted, is found; what cannot be found is shown too. */
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { type AuditRow, type ChainHead, hashOf, noHash, sealOf } from '../../src/audit/chain.js';
import { type AuditedHosts, type Snapshot, startAuditedHosts, tables } from './fixture.js';

describeOnEachDatabase('the check of the audit', (fresh) => {
  let hosts: AuditedHosts;
  let sound: Snapshot;

  before(async () => {
    hosts = await startAuditedHosts(fresh);
    const dba = await hosts.first.account('dba');
    const people = await Promise.all(Array.from({ length: 4 }, () => hosts.first.account()));
    for (const [index, person] of people.entries()) await grant(dba, person, index % 2 === 0 ? 'first' : 'second');
    await hosts.anchor();
    for (const person of people.slice(0, 2)) await grant(dba, person, 'second', 'coach');
    await hosts.anchor();
    await grant(dba, people[2] as Account, 'first', 'coach');
    await hosts.removeProtection();
    sound = await hosts.snapshot();
  });
  after(() => hosts.stop());
  afterEach(() => hosts.restore(sound));

  async function grant(dba: Account, { username }: Account, on: 'first' | 'second', role = 'operator'): Promise<void> {
    const request = { token: dba.token, json: { username, role } };
    const answer = await hosts[on].request('POST', '/api/admin/grant_privilege', request);
    expect(answer.status, answer.text).to.equal(200);
  }
  const knex = () => hosts.first.palestra.database().knex;
  const faults = async () => (await hosts.verify()).faults;

  it('finds nothing in a sound one', async () => {
    expect(await hosts.verify()).to.deep.equal({ chains: 2, entries: 7, faults: [] });
    expect(sound.audit_anchor).to.have.length(2);
  });

  for (const table of tables) {
    it(`finds one byte changed anywhere in ${table}`, async () => {
      const keys = table === 'audit_entry' ? ['chain', 'seq'] : table === 'audit_chain' ? ['chain'] : ['seq'];
      let tried = 0;
      for (const row of sound[table]) {
        const where = Object.fromEntries(keys.map((key) => [key, row[key] ?? null]));
        for (const [column, value] of Object.entries(row)) {
          for (const other of neighbours(value)) {
            await knex()(table)
              .where(where)
              .update({ [column]: other });
            expect(await faults(), `${column} ${value} -> ${other}`).not.to.deep.equal([]);
            tried += 1;
            await knex()(table)
              .where({ ...where, ...(column in where && { [column]: other }) })
              .update({ [column]: value });
          }
        }
      }
      expect(tried).to.be.greaterThan(9);
      expect(await faults()).to.deep.equal([]);
    });

    it(`finds any row missing from ${table}`, async () => {
      // The last anchor is the one that nothing comes after: only the log knows it.
      const rows = table === 'audit_anchor' ? sound[table].slice(0, -1) : sound[table];
      expect(rows).not.to.have.length(0);
      for (const row of rows) {
        await hosts.restore({ ...sound, [table]: sound[table].filter((other) => other !== row) });
        expect(await faults(), JSON.stringify(row)).not.to.deep.equal([]);
      }
    });
  }

  it('finds two entries that changed places', async () => {
    const [chain] = sound.audit_chain;
    const where = (seq: number) => ({ chain: chain?.chain ?? '', seq });
    await knex()('audit_entry').where(where(1)).update({ seq: 1000 });
    await knex()('audit_entry').where(where(2)).update({ seq: 1 });
    await knex()('audit_entry').where(where(1000)).update({ seq: 2 });
    expect(await faults()).not.to.deep.equal([]);
  });

  it('finds an entry that was changed and hashed again', async () => {
    for (const { hash, ...row } of sound.audit_entry as unknown as AuditRow[]) {
      const changed = { ...row, actor: 'somebody else' };
      await knex()('audit_entry')
        .where({ chain: row.chain, seq: row.seq })
        .update({ ...changed, hash: hashOf(changed) });
      expect(await faults(), `${row.seq}`).not.to.deep.equal([]);
      await knex()('audit_entry')
        .where({ chain: row.chain, seq: row.seq })
        .update({ ...row, hash });
    }
    expect(await faults()).to.deep.equal([]);
  });

  it('finds an entry that somebody without the key added and hashed', async () => {
    const head = sound.audit_chain[0];
    const last = sound.audit_entry.find(({ chain, seq }) => chain === head?.chain && seq === head?.seq);
    const { hash: prev, ...rest } = last as Parameters<typeof hashOf>[0] & { hash: string };
    const forged = { ...rest, seq: rest.seq + 1, prev, object: 'account/000000000666' };
    await knex()('audit_entry').insert({ ...forged, hash: hashOf(forged) });
    await knex()('audit_chain')
      .where({ chain: forged.chain })
      .update({ seq: forged.seq, hash: hashOf(forged) });
    expect((await faults()).join()).to.contain('not sealed');
  });

  it('finds what was rewritten with the key, if it was anchored or logged', async () => {
    const logged = await hosts.heads();
    const [head] = sound.audit_chain as unknown as (ChainHead & { seal: string })[];
    const { hash: _, ...last } = (sound.audit_entry as unknown as AuditRow[]).find(
      ({ chain, seq }) => chain === head?.chain && seq === head?.seq,
    ) as AuditRow;
    const changed = { ...last, actor: 'somebody else' };
    const hash = hashOf(changed);
    const where = { chain: last.chain };
    await knex()('audit_entry')
      .where({ ...where, seq: last.seq })
      .update({ ...changed, hash });
    const forged = { ...where, seq: last.seq, hash, at: last.at };
    await knex()('audit_chain')
      .where(where)
      .update({ hash, seal: sealOf(forged, hosts.keys.active) });
    await knex()('audit_anchor').delete();
    expect(await faults()).to.deep.equal([]);
    expect((await hosts.verify([logged])).faults.join()).to.contain('not the one that was anchored');
  });

  it('finds a chain gone with its head and every anchor, if another began after it', async () => {
    const root = sound.audit_entry.find(({ prev }) => prev === noHash)?.chain;
    const others = (rows: Snapshot['audit_entry']) => rows.filter(({ chain }) => chain !== root);
    expect(others(sound.audit_entry)).not.to.have.length(0);
    await hosts.restore({
      audit_entry: others(sound.audit_entry),
      audit_chain: others(sound.audit_chain),
      audit_anchor: [],
    });
    expect((await faults()).join()).to.contain('goes on from');
  });

  it('finds a chain gone with its head, if it was anchored', async () => {
    for (const { chain } of sound.audit_chain) {
      const without = (rows: Snapshot['audit_entry']) => rows.filter((row) => row.chain !== chain);
      await hosts.restore({
        audit_entry: without(sound.audit_entry),
        audit_chain: without(sound.audit_chain),
        audit_anchor: sound.audit_anchor,
      });
      expect(await faults()).not.to.deep.equal([]);
    }
  });

  it('does not see all of it put back to an earlier state, unless it is compared with the log', async () => {
    const dba = await hosts.first.account('dba');
    const logged = await hosts.heads();
    await grant(dba, await hosts.first.account(), 'first');
    const later = await hosts.heads();
    expect((await hosts.verify([logged, later])).faults).to.deep.equal([]);
    await hosts.restore(sound);
    expect(await faults()).to.deep.equal([]);
    expect((await hosts.verify([logged])).faults).to.deep.equal([]);
    expect((await hosts.verify([later])).faults).not.to.deep.equal([]);
  });
});

/** The value with one byte changed, at its beginning, middle and end; a number, or nothing, as its neighbour. */
function neighbours(value: unknown): (string | number)[] {
  if (typeof value === 'number') return [value + 1000];
  if (value === null) return [1];
  const text = String(value);
  if (text === '') return ['x'];
  const places = [...new Set([0, Math.floor(text.length / 2), text.length - 1])];
  return places.map((at) => text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1));
}
