/** What the Starball API documents, one test for each documented answer: bodies, key names, texts, statuses, scopes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import type { Club } from '../../team/test/club-host.js';
import { type StamsHost, startStamsHost } from './stams-host.js';

const denied = [403, "You don't have the permission for the request"];

describeOnEachDatabase('the Starball API, STAMS and games', (fresh) => {
  let host: StamsHost;
  let club: Club;
  before(async () => {
    host = await startStamsHost(await fresh());
    club = await host.club();
  });
  after(() => host.stop());

  const post = async (path: string, token: string | undefined, json?: unknown) => {
    const { status, body } = await host.request('POST', `/api/v1/${path}`, { token, json });
    return [status, body];
  };
  const get = async (path: string, token: string) => {
    const { status, body } = await host.request('GET', `/api/v1/${path}`, { token });
    return [status, body];
  };

  describe('4.1.1 register STAMS', () => {
    it('answers the token alone, and the token speaks for the STAMS', async () => {
      const [status, body] = await post('register_stams', host.provisioner, { provisioning_uid: 'a2381a23c3fe89b3' });
      expect(status).to.equal(200);
      expect(body).to.have.all.keys('stams_token');
      const [, payload] = body.stams_token.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      expect(claims).to.include({ scope: 'stams_io' });
      expect(claims).to.have.property('jti').that.is.a('string');
      expect(claims).not.to.have.property('exp');
      const self = await host.request('GET', '/api/v1/stams/self', { token: body.stams_token });
      expect(self.body).to.deep.equal({
        uid: Number(claims.sub),
        display_name: `stams${claims.sub}`,
        provisioning_uid: 'a2381a23c3fe89b3',
        operator_id: null,
        games_revision: 0,
      });
    });

    it('takes an operator, as text, and connects it', async () => {
      const device = await host.device(club);
      expect((await device.self('GET')).body).to.include({ operator_id: club.id });
    });

    it('answers 400 without provisioning_uid, for one registered before, and for an unknown operator', async () => {
      const { provisioningUid } = await host.device();
      const told = 'The provisioning_uid is registered already';
      expect(await post('register_stams', host.provisioner, {})).to.deep.equal([
        400,
        'provisioning_uid is required for the request',
      ]);
      expect(await post('register_stams', host.provisioner, { provisioning_uid: provisioningUid })).to.deep.equal([
        400,
        told,
      ]);
      const unknown = { provisioning_uid: 'new', operator: '999999' };
      expect(await post('register_stams', host.provisioner, unknown)).to.deep.equal([400, 'Operator not found']);
    });

    it('answers 400 where the operator is deleted while it is registered', async () => {
      const gone = await host.club();
      const { knex } = host.palestra.database();
      let sent: ReturnType<typeof host.request> | undefined;
      await knex.transaction(async (deleting) => {
        await deleting('operator').where('id', gone.id).delete();
        const json = { provisioning_uid: 'while-its-club-goes', operator: String(gone.id) };
        sent = host.request('POST', '/api/v1/register_stams', { token: host.provisioner, json });
        await sleep(150);
      });
      const answer = await sent;
      expect([answer?.status, answer?.body]).to.deep.equal([400, 'Operator not found']);
      expect(await knex('stams').where('provisioning_uid', 'while-its-club-goes')).to.have.length(0);
    });

    it('answers 403 to everyone but the provisioner', async () => {
      const { token } = await host.device();
      for (const other of [host.admin.token, club.operator.token, token]) {
        expect(await post('register_stams', other, { provisioning_uid: 'x' })).to.deep.equal(denied);
      }
    });
  });

  describe('4.2.2 connect STAMS to operator', () => {
    it('answers 200 and nothing else; the operator then has it', async () => {
      const { uid } = await host.device();
      const { id, operator } = await host.club();
      const fields = { stams_uid: String(uid), operator_uid: id };
      const answer = await host.request('POST', '/api/v1/connect_stams', { token: host.admin.token, json: fields });
      expect([answer.status, answer.text]).to.deep.equal([200, '']);
      const [, all] = await get('all_stams', operator.token);
      expect(all.map((each: { uid: number }) => each.uid)).to.deep.equal([uid]);
    });

    it('answers 404 for each that is not found, 400 for a field left out, 403 to an operator', async () => {
      const { uid } = await host.device();
      const connect = (json: object, token = host.admin.token) => post('connect_stams', token, json);
      expect(await connect({ stams_uid: '999999', operator_uid: club.id })).to.deep.equal([404, 'STAMS not found']);
      expect(await connect({ stams_uid: uid, operator_uid: 999_999 })).to.deep.equal([404, 'User not found']);
      expect(await connect({ stams_uid: uid })).to.deep.equal([400, 'operator_uid is required for the request']);
      expect(await connect({ stams_uid: uid, operator_uid: club.id }, club.operator.token)).to.deep.equal(denied);
    });
  });

  describe('4.2.3 add game', () => {
    const config = { name: 'Star Sprint', rounds: 3, colours: ['red', 'blue'], nested: { speed: 1.5 } };

    for (const [form, name, write] of [
      ['an object', 'Star Sprint', (game: object) => game],
      ['a string that holds one', 'Star Relay', (game: object) => JSON.stringify(game)],
    ] as const) {
      it(`takes gameConfigDTO as ${form}, each name once`, async () => {
        const game = { ...config, name };
        const [status, body] = await post('add_game', host.admin.token, { gameConfigDTO: write(game) });
        expect(status).to.equal(200);
        expect(body).to.deep.equal({ game: { game_id: body.game.game_id, name, config: game } });
        const again = await post('games', host.admin.token, { name });
        expect(again).to.deep.equal([400, 'Game exists already']);
        expect(await get(`games/${body.game.game_id}`, club.operator.token)).to.deep.equal([200, body]);
      });
    }

    const refused: readonly (readonly [what: string, json: unknown, told: string])[] = [
      ['no gameConfigDTO', {}, 'gameConfigDTO is required for the request'],
      ['text that is not JSON', { gameConfigDTO: '{name' }, 'gameConfigDTO is not JSON.'],
      ['text that is not an object', { gameConfigDTO: '[1]' }, 'gameConfigDTO must be a JSON object'],
      ['no name', { gameConfigDTO: { rounds: 3 } }, 'gameConfigDTO.name is required for the request'],
      ['no name in text', { gameConfigDTO: '{"rounds":3}' }, 'gameConfigDTO.name is required for the request'],
      [
        'more than 64 KiB',
        { gameConfigDTO: { name: 'Big', map: 'x'.repeat(65_536) } },
        'gameConfigDTO must have at most 64 KiB',
      ],
    ];
    for (const [what, json, told] of refused) {
      it(`answers 400 for ${what}`, async () => {
        expect(await post('add_game', host.admin.token, json)).to.deep.equal([400, told]);
      });
    }

    it('answers 403 to an operator', async () => {
      expect(await post('add_game', club.operator.token, { gameConfigDTO: config })).to.deep.equal(denied);
    });
  });

  describe('4.3.1 get all STAMS', () => {
    it('answers an array of the documented members, of the club of its caller', async () => {
      const own = await host.club();
      const other = await host.club();
      const devices = [await host.device(own), await host.device(own)];
      await host.device(other);
      const [status, body] = await get('all_stams', own.operator.token);
      expect(status).to.equal(200);
      expect(body).to.deep.equal(
        devices.map(({ uid, provisioningUid }) => ({
          display_name: `stams${uid}`,
          uid,
          provisioning_uid: provisioningUid,
        })),
      );
    });

    it('answers 404 to an operator without a club, 403 to a coach', async () => {
      const operator = await host.account('operator');
      const coach = await host.account('coach');
      expect(await get('all_stams', operator.token)).to.deep.equal([404, 'User not found']);
      expect(await get('all_stams', coach.token)).to.deep.equal(denied);
    });

    it('answers every STAMS to an admin without a club', async () => {
      const { uid } = await host.device();
      const [status, body] = await get('all_stams', host.admin.token);
      expect(status).to.equal(200);
      expect(body.map((each: { uid: number }) => each.uid)).to.include(uid);
    });
  });
});
