/** What a STAMS may rely on: its own state, games by ETag, results that count once, a token that ends when revoked. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { calculateJwkThumbprint, compactDecrypt, decodeProtectedHeader, exportJWK } from 'jose';
import type { Club } from '../../team/test/club-host.js';
import { type Device, type StamsHost, startStamsHost } from './stams-host.js';

describeOnEachDatabase('a STAMS', (fresh) => {
  let host: StamsHost;
  let club: Club;
  let device: Device;
  before(async () => {
    host = await startStamsHost(await fresh(), { config: { stams: { lastSeenSeconds: 0.3 } } });
    club = await host.club();
  });
  beforeEach(async () => {
    device = await host.device(club);
  });
  after(() => host.stop());

  const admin = (method: string, path: string, json?: unknown) =>
    host.request(method, `/api/v1/${path}`, { token: host.admin.token, ...(json !== undefined && { json }) });
  const addGame = async (name: string) => (await admin('POST', 'add_game', { gameConfigDTO: { name } })).body.game;

  describe('asking for games', () => {
    const games = (etag?: string) => device.self('GET', '/games', etag ? { headers: { 'if-none-match': etag } } : {});

    it('gets what GET /games shows, and 304 while that holds', async () => {
      await addGame('Star Sprint');
      const first = await games();
      expect(first.status).to.equal(200);
      expect(first.body).to.deep.equal((await admin('GET', 'games')).body);
      const etag = first.headers.get('etag') ?? '';
      expect(etag).to.match(/^"[\w-]{22}"$/);
      for (const ifNoneMatch of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await games(ifNoneMatch);
        expect([again.status, again.text, again.headers.get('etag')], ifNoneMatch).to.deep.equal([304, '', etag]);
      }
      expect((await games('"other"')).status).to.equal(200);
    });

    it('gets the new list at once after a change, with another ETag and revision', async () => {
      const revision = async () => (await device.self('GET')).body.games_revision;
      const before = { etag: (await games()).headers.get('etag') ?? '', revision: await revision() };
      const game = await addGame('Moon Walk');
      const changed = await games(before.etag);
      expect(changed.status).to.equal(200);
      expect(changed.body).to.deep.include(game);
      expect(await revision()).to.equal(before.revision + 1);
      await admin('PUT', `games/${game.game_id}`, { name: 'Moon Run' });
      expect((await games()).body).to.deep.include({ ...game, name: 'Moon Run' });
      await admin('DELETE', `games/${game.game_id}`);
      const restored = await games(before.etag);
      expect(restored.status, 'the ETag is of the content').to.equal(304);
    });
  });

  it('gets its state with an ETag that follows its name and the games', async () => {
    const first = await device.self('GET');
    const etag = first.headers.get('etag') ?? '';
    const again = () => device.self('GET', '', { headers: { 'if-none-match': etag } });
    expect((await again()).status).to.equal(304);
    const name = { display_name: 'Court 1' };
    const renamed = await host.request('PUT', `/api/v1/stams/${device.uid}`, {
      token: club.operator.token,
      json: name,
    });
    expect(renamed.body).to.deep.equal({
      stams: { display_name: 'Court 1', uid: device.uid, provisioning_uid: device.provisioningUid },
    });
    const after = await again();
    expect([after.status, after.body.display_name]).to.deep.equal([200, 'Court 1']);
  });

  describe('sending results', () => {
    const send = (results: unknown) => device.self('POST', '/results', { json: { results } });
    const stored = async () =>
      (await host.request('GET', `/api/v1/stams/${device.uid}/results`, { token: club.operator.token })).body;

    it('has each counted once, however often it is sent', async () => {
      const results = Array.from({ length: 20 }, (_, index) => ({
        result_uid: randomUUID(),
        game_id: index % 2 ? 1 : '1',
        played_at: '2026-11-20T08:30:00.000Z',
        score: { red: index, blue: 3 },
      }));
      const first = await send(results.slice(0, 15));
      expect([first.status, first.body]).to.deep.equal([200, { stored: 15, duplicates: 0 }]);
      expect((await send(results)).body).to.deep.equal({ stored: 5, duplicates: 15 });
      expect((await send([...results.slice(0, 2), results[0]])).body).to.deep.equal({ stored: 0, duplicates: 3 });
      expect((await stored()).map(({ result }: { result: unknown }) => result)).to.deep.equal(results);
    });

    it('has each counted once when a batch meets itself', async () => {
      const results = Array.from({ length: 10 }, () => ({ result_uid: randomUUID() }));
      const answers = await Promise.all(Array.from({ length: 8 }, () => send(results)));
      expect(answers.map(({ status }) => status)).to.deep.equal(Array(8).fill(200));
      expect(answers.reduce((sum, { body }) => sum + body.stored, 0)).to.equal(10);
      expect(await stored()).to.have.length(10);
    });

    it('has a new one counted once that is twice in one batch', async () => {
      const [one, two] = [{ result_uid: randomUUID() }, { result_uid: randomUUID() }];
      const answer = await send([one, two, one, one]);
      expect([answer.status, answer.body]).to.deep.equal([200, { stored: 2, duplicates: 2 }]);
      expect(await stored()).to.have.length(2);
    });

    it('keeps the result_uids of two STAMS apart', async () => {
      const other = await host.device();
      const results = [{ result_uid: 'one' }];
      expect((await send(results)).body.stored).to.equal(1);
      expect((await other.self('POST', '/results', { json: { results } })).body.stored).to.equal(1);
    });

    it('has 200 of them in one batch, as large as the reference says', async () => {
      const members = Object.fromEntries(Array.from({ length: 18 }, (_, at) => [`m${at}`, at]));
      const results = Array.from({ length: 200 }, () => ({ result_uid: randomUUID(), ...members }));
      expect((await send(results)).body).to.deep.equal({ stored: 200, duplicates: 0 });
    });

    it('is told the place of an integer that a double would round', async () => {
      const text = '{"results":[{"result_uid":"a"},{"result_uid":"b","ticks":{"total":18446744073709551615}}]}';
      const { status, body } = await device.self('POST', '/results', {
        body: text,
        headers: { 'content-type': 'application/json' },
      });
      expect(status).to.equal(400);
      expect(body).to.equal(
        'results[1].ticks.total is an integer beyond 2^53-1, which would be rounded. Send it as text.',
      );
    });

    it('is told what is wrong with a batch, of which nothing is stored', async () => {
      const wrong: readonly (readonly [unknown, string])[] = [
        [[], 'results must NOT have fewer than 1 items'],
        [[{ result_uid: 'a' }, {}], 'results[1].result_uid is required for the request'],
        [
          [{ result_uid: 'a' }, { result_uid: 'with space' }],
          'results[1].result_uid must be visible ASCII characters, without spaces',
        ],
        [[{ result_uid: 'a', game_id: -1 }], 'results[0].game_id must be >= 1'],
      ];
      for (const [results, told] of wrong) {
        const answer = await send(results);
        expect([answer.status, answer.body]).to.deep.equal([400, told]);
      }
      expect(await stored()).to.deep.equal([]);
    });

    it('has them listed in pages; a later operator does not see them, an admin does', async () => {
      const results = Array.from({ length: 5 }, (_, index) => ({ result_uid: `r${index}` }));
      await send(results);
      const path = `/api/v1/stams/${device.uid}/results`;
      const page = await host.request('GET', `${path}?find=2`, { token: club.operator.token });
      const last = page.body.at(-1).result_id;
      const rest = await host.request('GET', `${path}?after=${last}`, { token: club.operator.token });
      expect([...page.body, ...rest.body].map(({ result }) => result)).to.deep.equal(results);
      const next = await host.club();
      await admin('POST', 'connect_stams', { stams_uid: device.uid, operator_uid: next.id });
      expect((await host.request('GET', path, { token: next.operator.token })).body).to.deep.equal([]);
      expect((await host.request('GET', path, { token: club.operator.token })).status).to.equal(403);
      expect((await admin('GET', `stams/${device.uid}/results`)).body).to.have.length(5);
    });

    it('has those of the next operator that come while it moves there', async () => {
      const next = await host.club();
      const { knex } = host.palestra.database();
      const path = `/api/v1/stams/${device.uid}/results`;
      let sent: ReturnType<typeof send> | undefined;
      await knex.transaction(async (moving) => {
        await moving('stams').where('id', device.uid).update({ operator_id: next.id });
        sent = send([{ result_uid: 'while-it-moves' }]);
        // They have arrived, and wait for the row of the STAMS.
        await sleep(150);
      });
      expect((await sent)?.body).to.deep.equal({ stored: 1, duplicates: 0 });
      expect((await host.request('GET', path, { token: next.operator.token })).body).to.have.length(1);
    });

    it('has each of one operator, the one that it had, however often it moves meanwhile', async () => {
      const clubs = [club, await host.club(), await host.club()] as const;
      const { knex } = host.palestra.database();
      const moves = (async () => {
        for (let at = 1; at <= 12; at++) {
          const { id } = clubs[at % 3] ?? club;
          const moved = await admin('POST', 'connect_stams', { stams_uid: device.uid, operator_uid: id });
          expect(moved.status, moved.text).to.equal(200);
        }
      })();
      for (let at = 0; at < 24; at++) expect((await send([{ result_uid: `r${at}` }])).status).to.equal(200);
      await moves;
      const stored = await knex('stams_result').where('stams_id', device.uid).orderBy('id').select('operator_id');
      expect(stored).to.have.length(24);
      // In the order of the moves: none of a club that was left before.
      const turns = stored.map(({ operator_id }) => operator_id).filter((id, at, all) => id !== all[at - 1]);
      expect(turns.length).to.be.at.most(13);
      const order = Array.from({ length: 13 }, (_, at) => clubs[at % 3]?.id);
      let reached = 0;
      for (const id of turns) {
        reached = order.indexOf(id, reached);
        expect(reached, `${turns} along ${order}`).to.be.at.least(0);
      }
    });
  });

  describe('saying how it is', () => {
    const detail = async () => (await admin('GET', `stams/${device.uid}`)).body.stams;
    const report = (json: object) => device.self('PUT', '/status', { json });

    it('gets the time and the revision, and its operator sees it', async () => {
      const status = { firmware_version: '1.4.2', uptime: 17, rssi: -61, charging: true };
      const answer = await report(status);
      expect(answer.status).to.equal(200);
      expect(Math.abs(Date.parse(answer.body.server_time) - Date.now())).to.be.below(5_000);
      expect(answer.body.games_revision).to.be.a('number');
      const { body } = await host.request('GET', `/api/v1/stams/${device.uid}`, { token: club.operator.token });
      expect(body.stams).to.deep.include({ uid: device.uid, operator_id: club.id, provisioned: true, cloned: null });
      expect(body.stams.status).to.deep.equal(status);
      expect(Date.parse(body.stams.last_seen)).to.be.closeTo(Date.now(), 5_000);
    });

    it('is written at most once an interval, however often it says so', async () => {
      const { knex } = host.palestra.database();
      const row = async () => (await knex('stams_status').where({ stams_id: device.uid }))[0];
      const began = Date.now();
      const written = new Set<number | null>();
      let uptime = 0;
      while (Date.now() < began + 700) {
        uptime += 1;
        await report({ uptime });
        written.add((await row()).last_seen_at);
      }
      // One at each end may belong to an interval of which only a part was seen.
      expect(written.size, [...written].join()).to.be.at.most((Date.now() - began) / 300 + 2);
      expect((await detail()).status, 'shown, written or not').to.deep.equal({ uptime });
      await settled(async () => (await row()).status === JSON.stringify({ uptime }));
    });

    it('is refused with a boot that another took the place of, and its operator hears of it', async () => {
      const original = { boot_id: `boot-${randomUUID()}` };
      const clone = { boot_id: `boot-${randomUUID()}` };
      expect((await report(original)).status).to.equal(200);
      expect((await report(original)).status).to.equal(200);
      expect((await report(clone)).status, 'a boot, as far as anybody knows').to.equal(200);
      const back = await report(original);
      expect([back.status, back.body]).to.deep.equal([401, 'The token is not valid.']);
      expect(Date.parse((await detail()).cloned)).to.be.closeTo(Date.now(), 5_000);
    });

    it('is refused so at every moment, while last-seen times are being written too', async () => {
      const boot = () => `boot-${randomUUID()}`;
      const statuses = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const { self } = await host.device(club);
          const status = async (boot_id: string) => (await self('PUT', '/status', { json: { boot_id } })).status;
          const [first, second, third] = [boot(), boot(), boot()];
          const seen = [await status(first), await status(second)];
          for (let at = 0; at < 20; at++) seen.push(await status(at % 2 ? second : first));
          return [...seen, await status(third), await status(second), await status(first), await status(third)];
        }),
      );
      const alternating = Array.from({ length: 20 }, (_, at) => (at % 2 ? 200 : 401));
      expect(statuses).to.deep.equal(Array(12).fill([200, 200, ...alternating, 200, 401, 401, 200]));
    });

    it('makes one of two boots that begin at once the current one', async () => {
      const boots = Array.from({ length: 8 }, () => ({ boot_id: `boot-${randomUUID()}` }));
      const first = await Promise.all(boots.map(report));
      expect(first.map(({ status }) => status)).to.deep.equal(Array(8).fill(200));
      const again: number[] = [];
      for (const boot of boots) again.push((await report(boot)).status);
      expect(again.sort()).to.deep.equal([200, ...Array(7).fill(401)]);
    });

    it('is told what is wrong', async () => {
      expect((await report({ uptime: -1 })).body).to.equal('uptime must be >= 0');
      expect((await report({ nested: {} })).body).to.equal('nested must be a string, a number, a boolean or null');
    });
  });

  describe('whose token is revoked', () => {
    it('is refused at once, and is the same STAMS with a new token', async () => {
      const path = `/api/v1/stams/${device.uid}/token`;
      const json = { provisioning_uid: device.provisioningUid };
      const register = () => host.request('POST', '/api/v1/register_stams', { token: host.provisioner, json });
      for (const boot_id of ['boot-of-before', 'next-boot']) {
        expect((await device.self('PUT', '/status', { json: { boot_id } })).status).to.equal(200);
      }
      const revoked = await host.request('DELETE', path, { token: club.operator.token });
      expect([revoked.status, revoked.text]).to.deep.equal([200, '']);
      const refused = await device.self('GET');
      expect([refused.status, refused.body]).to.deep.equal([401, 'The token is not valid.']);
      expect((await admin('GET', `stams/${device.uid}`)).body.stams.provisioned).to.equal(false);

      const again = await register();
      expect(again.status).to.equal(200);
      const status = { token: again.body.stams_token, json: { boot_id: 'boot-of-before' } };
      expect((await host.request('PUT', '/api/v1/stams/self/status', status)).status, 'no clone').to.equal(200);
      const self = await host.request('GET', '/api/v1/stams/self', { token: again.body.stams_token });
      expect(self.body).to.include({ uid: device.uid, operator_id: club.id });
      expect((await device.self('GET')).status, 'the old token stays dead').to.equal(401);
      expect((await register()).status, 'once').to.equal(400);
    });

    it('gets one new token, however many ask for it at once', async () => {
      const revoked = await Promise.all(Array.from({ length: 4 }, () => admin('DELETE', `stams/${device.uid}/token`)));
      expect(revoked.map(({ status }) => status)).to.deep.equal(Array(4).fill(200));
      const entries = host.palestra.database().knex('audit_entry').where('object', `stams/${device.uid}`);
      expect(await entries.where('action', 'stams.revoke'), 'audited once').to.have.length(1);
      const json = { provisioning_uid: device.provisioningUid };
      const register = () => host.request('POST', '/api/v1/register_stams', { token: host.provisioner, json });
      const answers = await Promise.all(Array.from({ length: 8 }, register));
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, ...Array(7).fill(400)]);
    });
  });

  describe('deleted with all others', () => {
    it('is refused at once, and its token is no token of the one that comes after it', async () => {
      const other = await host.device();
      const systemAdmin = await host.account('system_admin');
      const path = '/api/admin/collection/stams?confirm=stams';
      const emptied = await host.request('DELETE', path, { token: systemAdmin.token });
      expect(emptied.status, emptied.text).to.equal(200);
      for (const { self } of [device, other]) {
        const { status, body } = await self('GET');
        expect([status, body]).to.deep.equal([401, 'The token is not valid.']);
      }
      const { knex } = host.palestra.database();
      expect(await knex('machine_token').where({ scope: 'stams_io', revoked_at: null })).to.deep.equal([]);
      for (const table of ['stams', 'stams_status', 'stams_boot']) expect(await knex(table), table).to.deep.equal([]);
      const deleted = knex('audit_entry').where({ action: 'stams.delete', object: `stams/${device.uid}` });
      expect(await deleted).to.have.length(1);
      expect((await (await host.device()).self('GET')).status).to.equal(200);
    });
  });

  describe('with a public key', () => {
    const register = (json: object) =>
      host.request('POST', '/api/v1/register_stams', {
        token: host.provisioner,
        json: { provisioning_uid: randomUUID(), ...json },
      });

    it('gets its token sealed, in every way to write the key', async () => {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const der = publicKey.export({ type: 'spki', format: 'der' });
      const forms = [
        publicKey.export({ type: 'spki', format: 'pem' }),
        publicKey.export({ type: 'pkcs1', format: 'pem' }),
        der.toString('base64'),
      ];
      const kid = await calculateJwkThumbprint(await exportJWK(publicKey));
      for (const publickey of forms) {
        const sealed = (await register({ publickey, seal_token: true })).body.stams_token;
        expect(decodeProtectedHeader(sealed)).to.deep.equal({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid });
        const token = new TextDecoder().decode((await compactDecrypt(sealed, privateKey)).plaintext);
        expect((await host.request('GET', '/api/v1/stams/self', { token })).status).to.equal(200);
      }
    });

    it('opens a token that was sealed for its P-256 key, by ECDH-ES+A256KW', async () => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const kid = await calculateJwkThumbprint(await exportJWK(publicKey));
      const der = publicKey.export({ type: 'spki', format: 'der' });
      for (const publickey of [publicKey.export({ type: 'spki', format: 'pem' }), der.toString('base64')]) {
        const sealed = (await register({ publickey, seal_token: true })).body.stams_token;
        const { epk, ...header } = decodeProtectedHeader(sealed);
        expect(header).to.deep.equal({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid });
        expect(epk).to.include({ kty: 'EC', crv: 'P-256' });
        const token = new TextDecoder().decode((await compactDecrypt(sealed, privateKey)).plaintext);
        expect((await host.request('GET', '/api/v1/stams/self', { token })).status).to.equal(200);
      }
    });

    it('gets it in the clear unless it asks', async () => {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const publickey = publicKey.export({ type: 'spki', format: 'pem' });
      const token = (await register({ publickey })).body.stams_token;
      expect((await host.request('GET', '/api/v1/stams/self', { token })).status).to.equal(200);
    });

    it('is refused for anything but a public RSA key of 2048 bits, or one on P-256', async () => {
      const pem = (type: 'rsa' | 'ed25519', bits = 2048) => {
        const pair = type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: bits }) : generateKeyPairSync(type);
        return pair.publicKey.export({ type: 'spki', format: 'pem' });
      };
      const curve = (namedCurve: string) =>
        generateKeyPairSync('ec', { namedCurve }).publicKey.export({ type: 'spki', format: 'pem' });
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const refused: readonly (readonly [unknown, string])[] = [
        ['not a key', 'publickey must be a public key: PEM, or the base64 of its SubjectPublicKeyInfo'],
        ['', 'publickey must be a public key: PEM, or the base64 of its SubjectPublicKeyInfo'],
        [pem('rsa', 1024), 'publickey must have 2048 to 8192 bits'],
        [pem('ed25519'), 'publickey must be an RSA key, or one on the curve P-256'],
        [curve('P-384'), 'publickey must be on the curve P-256'],
        [curve('secp256k1'), 'publickey must be on the curve P-256'],
        [
          privateKey.export({ type: 'pkcs8', format: 'pem' }),
          'publickey is a private key, which must not leave its device',
        ],
      ];
      for (const [publickey, told] of refused) {
        const answer = await register({ publickey });
        expect([answer.status, answer.body]).to.deep.equal([400, told]);
      }
      expect((await register({ seal_token: true })).body).to.equal('seal_token needs a publickey');
    });
  });
});

describeOnEachDatabase('boots of a STAMS', (fresh) => {
  const started = Date.now();
  let ahead = 0;
  let host: StamsHost;
  before(async () => {
    host = await startStamsHost(await fresh(), { clock: { now: () => started + ahead } });
  });
  after(() => host.stop());

  it('are ten at once at most, then one in ten seconds; the last fifty are kept', async () => {
    const device = await host.device();
    const report = (boot_id: string) => device.self('PUT', '/status', { json: { boot_id } });
    const boot = (at: number) => `boot-number-${at}`;
    const statuses: number[] = [];
    for (let at = 0; at < 60; at++) statuses.push((await report(boot(at))).status);
    expect(statuses).to.deep.equal([...Array(10).fill(200), ...Array(50).fill(429)]);
    const refused = await report(boot(10));
    expect([refused.body, refused.headers.get('retry-after')]).to.deep.equal([
      'This STAMS boots too often. Send its status later.',
      '10',
    ]);
    expect((await report(boot(9))).status, 'the current one').to.equal(200);
    for (let at = 10; at < 60; at++) {
      ahead += 10_000;
      expect((await report(boot(at))).status).to.equal(200);
    }
    const { knex } = host.palestra.database();
    expect(await knex('stams_boot').where({ stams_id: device.uid })).to.have.length(50);
    expect((await report(boot(10))).status, 'the oldest kept').to.equal(401);
  });
});

describeOnEachDatabase('the provisioner', (fresh) => {
  it('registers so many an hour, and no more', async () => {
    const host = await startStamsHost(await fresh(), { config: { stams: { registrationsPerHour: 3 } } });
    try {
      const register = (provisioning_uid: string) =>
        host.request('POST', '/api/v1/register_stams', { token: host.provisioner, json: { provisioning_uid } });
      const answers = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(register));
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 200, 200, 429, 429, 429]);
      const refused = await register('g');
      expect([refused.status, refused.body]).to.deep.equal([429, 'No more than 3 STAMS are registered an hour.']);
      expect(refused.headers.get('retry-after')).to.equal('60');
    } finally {
      await host.stop();
    }
  });
});

async function settled(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('It did not settle within 30 s.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
