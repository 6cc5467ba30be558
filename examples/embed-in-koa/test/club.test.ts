/** The club's own app goes on as before, and its members are Palestra's callers. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Palestra } from '@palestra/server';
import { expect } from 'chai';
import knexModule, { type Knex } from 'knex';
import { pino } from 'pino';
import { createClubApp } from '../src/app.js';
import { addMember } from '../src/club.js';
import { type Listening, listen, postJson } from './listening.js';

describe('the club with Palestra inside', () => {
  let folder: string;
  let knex: Knex;
  let palestra: Palestra;
  let server: Listening;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-club-'));
    knex = knexModule.knex({
      client: 'better-sqlite3',
      connection: { filename: join(folder, 'club.sqlite') },
      useNullAsDefault: true,
    });
    const cookieKey = randomBytes(32).toString('base64');
    const club = await createClubApp({ knex, cookieKey, dataDir: folder, log: pino({ level: 'silent' }) });
    palestra = club.palestra;
    await addMember(knex, 'ada', 'correct horse', true);
    await addMember(knex, 'bob', 'battery staple', false);
    club.app.silent = true;
    server = await listen(club.app);
  });
  after(async () => {
    await server.close();
    await palestra.stop();
    await knex.destroy();
    rmSync(folder, { recursive: true });
  });

  async function signIn(name: string, password: string): Promise<{ cookie: string }> {
    const answer = await server.fetch('/login', postJson({ name, password }));
    expect(answer.status).to.equal(200);
    return {
      cookie: answer.headers
        .getSetCookie()
        .map((line) => line.split(';', 1)[0])
        .join('; '),
    };
  }

  const createGym = (name: string) => postJson({ operation: 'create', data: { name } });
  const withHeaders = (init: RequestInit, headers: Record<string, string>): RequestInit => ({
    ...init,
    headers: { ...(init.headers as Record<string, string>), ...headers },
  });

  it('keeps its own pages, its own errors and its own 404', async () => {
    expect(await (await server.fetch('/')).text()).to.equal('Welcome to the club');
    const broken = await server.fetch('/broken');
    expect([broken.status, await broken.json()]).to.deep.equal([500, { oops: 'Something is broken at the club' }]);
    expect((await server.fetch('/backend/nothing')).status).to.equal(404);
    expect((await server.fetch('/api/gym')).status).to.equal(404);
  });

  it('answers failures of Palestra in the words of Palestra', async () => {
    const answer = await server.fetch('/backend/api/gym');
    const body = (await answer.json()) as { exceptionType: string };
    expect([answer.status, body.exceptionType]).to.deep.equal([401, 'TokenMissingError']);
  });

  it('lets a trainer of the club make a gym, and a member read it but not make one', async () => {
    const ada = await signIn('ada', 'correct horse');
    const bob = await signIn('bob', 'battery staple');
    const made = await server.fetch('/backend/api/gym', withHeaders(createGym('Iron'), ada));
    expect(made.status).to.equal(201);
    const refused = await server.fetch('/backend/api/gym', withHeaders(createGym('Steel'), bob));
    expect(refused.status).to.equal(403);
    const { data } = (await (await server.fetch('/backend/api/gym', { headers: bob })).json()) as {
      data: { name: string; owner: string }[];
    };
    const [{ account_id: owner }] = (await knex('host_account').where('subject', 'member 1')) as [
      { account_id: number },
    ];
    expect(data.map((each) => [each.name, Number(each.owner)])).to.deep.equal([['Iron', owner]]);
  });

  it('follows the club when it changes what a member may do', async () => {
    const bob = await signIn('bob', 'battery staple');
    await knex('member').where({ name: 'bob' }).update({ is_trainer: true });
    const made = await server.fetch('/backend/api/gym', withHeaders(createGym("Bob's"), bob));
    expect(made.status).to.equal(201);
    await knex('member').where({ name: 'bob' }).update({ is_trainer: false });
    expect((await server.fetch('/backend/api/gym', withHeaders(createGym('More'), bob))).status).to.equal(403);
  });

  it('makes one account of a member, however many calls come first at once', async () => {
    await addMember(knex, 'eve', 'tr0ub4dor', true);
    const eve = await signIn('eve', 'tr0ub4dor');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => server.fetch('/backend/api/gym', withHeaders(createGym(`Eve ${at}`), eve))),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(10).fill(201));
    expect(await knex('account').where({ username: 'eve' })).to.have.length(1);
  });

  it('does not take a member for an account of the same name', async () => {
    await addMember(knex, 'dba', 'not the real one', false);
    const member = await signIn('dba', 'not the real one');
    const answer = await server.fetch('/backend/api/profile', { headers: member });
    const { data } = (await answer.json()) as { data: { username: string }[] };
    expect(data).to.have.length(1);
    expect(data[0]?.username).to.match(/^dba [0-9a-f]{8}$/);
  });

  it('refuses a write that another site makes the browser send with its cookie', async () => {
    const ada = await signIn('ada', 'correct horse');
    const { host } = new URL(server.url);
    const senders: readonly (readonly [headers: Readonly<Record<string, string>>, status: number])[] = [
      [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403],
      [{ 'sec-fetch-site': 'same-site', origin: 'https://forum.club.example' }, 403],
      [{ origin: 'https://evil.example' }, 403],
      [{ origin: 'null' }, 403],
      [{ origin: `http://${host}` }, 201],
      [{ 'sec-fetch-site': 'same-origin', origin: 'https://club.example' }, 201],
      [{}, 201],
    ];
    for (const [sender, status] of senders) {
      const sent = { ...ada, ...sender };
      const made = await server.fetch('/backend/api/gym', withHeaders(createGym(`By ${JSON.stringify(sender)}`), sent));
      expect(made.status, JSON.stringify(sender)).to.equal(status);
      expect((await server.fetch('/backend/api/gym', { headers: sent })).status).to.equal(200);
    }
    await knex('gym').where('name', 'like', 'By %').delete();
  });

  it('says in its document, and so in its docs, where it is', async () => {
    const document = (await (await server.fetch('/backend/openapi.json')).json()) as { servers: unknown };
    expect(document.servers).to.deep.equal([{ url: '/backend' }]);
    expect(await (await server.fetch('/backend/docs')).text()).to.contain('src="docs/swagger-ui-bundle.js"');
    expect((await server.fetch('/backend/docs/swagger-ui-bundle.js')).status).to.equal(200);
    expect((await server.fetch('/backend/livez')).status).to.equal(200);
  });

  it('shares one database, where rows of both can be read together', async () => {
    const rows = await knex('gym')
      .join('host_account', 'host_account.account_id', 'gym.owner_id')
      .where('host_account.subject', 'member 1')
      .select('gym.name');
    expect(rows).to.deep.equal([{ name: 'Iron' }]);
  });
});
