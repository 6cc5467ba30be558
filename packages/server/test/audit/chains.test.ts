/** The chains of instances: one that two processes share is unbroken, and transactions of one instance have several. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { programOf } from '../../../../scripts/testing/program.js';
import { createLanes, mostLanes } from '../../src/audit/lanes.js';
import { transactionOf } from '../../src/database/connected-unit.js';
import { type AuditedHosts, startAuditedHosts } from './fixture.js';

interface Report {
  readonly object?: string;
  readonly reads?: number;
}

describeOnEachDatabase('chains of the audit', (fresh, kind) => {
  let hosts: AuditedHosts;
  let url: string;

  beforeEach(async () => {
    url = await fresh();
    hosts = await startAuditedHosts(async () => url);
  });
  afterEach(() => hosts.stop());

  /** The entries that two processes committed, and how often both read the head. */
  async function appendTogether(count: number): Promise<{ objects: string[]; reads: number }> {
    const program = await programOf(new URL('./chain-writer.ts', import.meta.url));
    const children = ['a', 'b'].map((name) =>
      fork(program, [url, `${hosts.first.dataDir}/keys`, name, String(count)], { execArgv: [] }),
    );
    const reports: Report[] = [];
    const exits = children.map((child) => once(child, 'exit'));
    await Promise.all(children.map((child) => once(child, 'message')));
    for (const child of children) {
      child.on('message', (report) => reports.push(report as Report));
      child.send('go');
    }
    expect((await Promise.all(exits)).map(([code]) => code)).to.deep.equal([0, 0]);
    return {
      objects: reports.flatMap(({ object }) => object ?? []),
      reads: reports.reduce((sum, { reads = 0 }) => sum + reads, 0),
    };
  }

  it('stay whole where two processes append to one', async () => {
    const count = 40;
    const { objects, reads } = await appendTogether(count);
    const rows = (await hosts.snapshot()).audit_entry;
    expect(rows.map(({ object }) => object).sort()).to.deep.equal(objects.sort());
    expect(objects).to.have.length(2 * (count - count / 5));
    expect(new Set(rows.map(({ chain }) => chain))).to.deep.equal(new Set(['shared']));
    // Both began with a read; more of them follow where a unit failed, or the other process was first.
    expect(reads).to.be.greaterThan(2);
    expect((await hosts.verify()).faults).to.deep.equal([]);
  }).timeout(20_000);

  it('stay whole where another process appends to one that this process takes for its own', async () => {
    const database = hosts.first.palestra.database();
    const writers = [1, 2].map(() => hosts.writerOf(createLanes('mine', mostLanes, transactionOf)));
    const attempts: number[] = [];
    for (const [index, writer] of [...writers, ...writers, ...writers].entries()) {
      await database.unitOfWork(async (unit) => {
        await writer.record(unit, { program: 'test' }, { action: 'test.do', object: `${index}` });
        attempts[index] = unit.attempt;
      });
    }
    // The second entry of the first does not find the head where it left it; run again, it goes to another chain.
    expect(attempts).to.deep.equal([1, 1, 2, 1, 1, 1]);
    const rows = (await hosts.snapshot()).audit_entry;
    expect(rows.map(({ object }) => object).sort()).to.deep.equal(['0', '1', '2', '3', '4', '5']);
    expect(new Set(rows.map(({ chain }) => chain))).to.deep.equal(new Set(['mine', 'mine.2']));
    expect((await hosts.verify()).faults).to.deep.equal([]);
  });

  if (kind === 'SQLite') return;

  it('are several, so that transactions do not wait for each other', async () => {
    const database = hosts.first.palestra.database();
    const writer = hosts.writerOf(createLanes('mine', mostLanes, transactionOf));
    const record = (object: string, meanwhile?: () => Promise<void>) =>
      database.unitOfWork(async (unit) => {
        await writer.record(unit, { program: 'test' }, { action: 'test.do', object });
        await meanwhile?.();
      });
    const nested = (depth: number): Promise<void> =>
      record(`${depth}`, depth === 1 ? undefined : () => nested(depth - 1));
    await nested(4);
    await nested(2);
    const rows = (await hosts.snapshot()).audit_entry;
    expect(new Set(rows.map(({ chain }) => chain)).size).to.equal(4);
    expect(rows).to.have.length(6);
    expect((await hosts.verify()).faults).to.deep.equal([]);
  });
});
