/** `palestra demo`, started as a process: what its pages and guides need is there, and nothing is left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@palestra/client';
import { ladder, type Role } from '@palestra/core';
import { expect } from 'chai';
import { compile } from '../scripts/pack.js';
import { repository } from '../scripts/workspace.js';

interface Demo {
  readonly url: string;
  readonly password: string;
  readonly lines: readonly string[];
  stop(): Promise<number | null>;
}

async function startDemo(temporary: string, environment: Readonly<Record<string, string>> = {}): Promise<Demo> {
  const child: ChildProcess = spawn(process.execPath, ['packages/server/bin/palestra.mjs', 'demo'], {
    cwd: repository,
    env: { ...process.env, PORT: '0', TMPDIR: temporary, ...environment },
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exited = once(child, 'exit');
  while (!/^Docs: /m.test(output)) {
    if (child.exitCode !== null) throw new Error(`The demo ended: ${errors}`);
    await new Promise((next) => setTimeout(next, 50));
  }
  const of = (pattern: RegExp) => pattern.exec(output)?.[1] ?? '';
  return {
    url: of(/^Palestra serves on (.*)$/m),
    password: of(/The password of everyone is: (.*)$/m),
    lines: output.split('\n'),
    async stop() {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}

describe('palestra demo', function () {
  this.timeout(60_000);

  let temporary: string;
  let demo: Demo;
  before(async () => {
    compile();
    temporary = await mkdtemp(join(tmpdir(), 'palestra-demo-test-'));
    demo = await startDemo(temporary);
  });
  after(async () => {
    await demo?.stop();
    await rm(temporary, { recursive: true });
  });

  async function signedIn(username: string): Promise<Client> {
    const client = createClient({ baseUrl: demo.url });
    await client.auth.signIn({ username, password: demo.password });
    return client;
  }

  it('names people of every role, who can sign in', async () => {
    const people = demo.lines.flatMap((line) => {
      const [, username, role] = /^ {2}(\S+) +(\S+)$/.exec(line) ?? [];
      return username && role ? [{ username, role }] : [];
    });
    expect(new Set(people.map(({ role }) => role))).to.deep.equal(
      new Set<Role>(ladder.filter((role) => role !== 'guest')),
    );
    for (const { username, role } of people) {
      const client = await signedIn(username);
      expect((await client.profile.me()).role).to.equal(role);
    }
  });

  it('has what the guide for apps needs, to the visit at the door', async () => {
    const client = createClient({ baseUrl: demo.url });
    await client.auth.register({ username: 'jon', password: 'correct horse battery' });
    const near = await client.discovery.gyms({ near: [13.055, 47.8095], max: 5_000 });
    expect(near.slice(0, 1).map(({ name }) => name)).to.deep.equal(['Iron Temple']);
    const [offer] = await client.discovery.merchandise({ keyword: 'ten visits' });
    expect(offer?.price).to.deep.equal({ amount: 9900, currency: 'EUR' });
    const merchandiseId = offer?._id ?? '';
    const bought = await client.transaction.perform({ merchandiseId, paymentMethod: 'sandbox' });
    const { qr } = await client.transaction.verify({
      transactionRecordId: bought.transactionRecordId,
      transactionId: bought.prepayId,
    });
    const door = createClient({ baseUrl: demo.url });
    await door.auth.signIn({ username: 'iron-temple', password: 'only the gym knows it' });
    const admitted = await door.transaction.admit({ qr: qr ?? '', merchandiseId });
    expect(admitted.count).to.equal(9);
  });

  it('has gyms of several kinds, each with several offers', async () => {
    const guest = createClient({ baseUrl: demo.url });
    const gyms = await guest.discovery.gyms({ find: 50 });
    const kinds = new Set(gyms.map(({ name }) => name?.split(' ')[0]));
    expect(kinds.size).to.be.greaterThan(6);
    const offers = await guest.discovery.merchandise({ find: 200 });
    expect(offers.length).to.be.greaterThan(gyms.length * 3);
  });

  it('has a pass that was used, and a purchase to pay', async () => {
    const lea = await signedIn('lea');
    const passes = await lea.transaction.query({});
    expect(passes.map(({ transactionState, count }) => [transactionState, count])).to.deep.equal([
      ['success', 9],
      ['pending', 6],
    ]);
  });

  it('has a club with a coach, a team, players, and devices with results', async () => {
    const admin = await signedIn('admin');
    const [club] = await admin.club.operators.list();
    expect(club).to.include({ club_name: 'SC Salzburg' });
    expect(await admin.club.teams.list()).to.have.length(1);
    const token = demo.lines.find((line) => line.startsWith('Token of the STAMS Hall A: '))?.split(': ')[1];
    const self = await fetch(`${demo.url}/api/v1/stams/self`, { headers: { authorization: `Bearer ${token}` } });
    expect(await self.json()).to.include({ display_name: 'Hall A' });
  });

  it('draws its password where others may reach it', async () => {
    const open = await startDemo(temporary, { HOST: '0.0.0.0' });
    expect(await open.stop()).to.equal(0);
    expect(open.password).to.match(/^[\w-]{16}$/);
  });

  it('ends by SIGTERM and leaves no file', async () => {
    const folders = () => readdirSync(temporary).filter((name) => name.startsWith('palestra-'));
    expect(folders()).to.have.length(1);
    expect(await demo.stop()).to.equal(0);
    expect(folders()).to.deep.equal([]);
  });
});
