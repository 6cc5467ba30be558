/** The collections behind the ids of the Starball API, and teams and players by every method. */
import { type ClubService, clubService, need } from '@palestra/core';
import type { Plugin } from '@palestra/server';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { type Club, type ClubHost, documented, startClubHost } from './club-host.js';

const denied = [403, "You don't have the permission for the request"];

/** The clubs that a plugin beside was told of when they were deleted. */
const told: number[] = [];
const follower: Plugin<{ operations: object; needs: { clubs: ClubService } }> = {
  name: 'follower',
  version: '0.1.0',
  host: '^1.0.0',
  contract: { paths: {} },
  requires: { clubs: need(clubService) },
  setup({ services }) {
    services.clubs.onDelete(async (id) => void told.push(id));
    return { handlers: {} };
  },
};

describeOnEachDatabase('the collections of clubs', (fresh) => {
  let host: ClubHost;
  let player: Account;
  before(async () => {
    host = await startClubHost(await fresh(), { plugins: [follower] });
    player = await host.account();
  });
  after(() => host.stop());

  const call = async (method: string, path: string, json?: unknown, token = host.admin.token) => {
    const options = { token, ...(json !== undefined && { json }) };
    const { status, body, text } = await host.request(method, `/api/v1/${path}`, options);
    return { status, body, text, told: [status, body] };
  };
  const made = async (path: string, singular: string, fields: object) => {
    const { body } = await call('POST', path, fields);
    return { ...body[singular], id: body[singular][`${singular}_id`] };
  };

  interface Collection {
    readonly path: string;
    readonly singular: string;
    readonly name: string;
    fields(): Promise<Record<string, unknown>>;
    /** One field sent, and how the answer shows it. */
    readonly change: readonly [sent: object, shown: object];
  }

  const collections: readonly Collection[] = [
    {
      path: 'countries',
      singular: 'country',
      name: 'Country',
      fields: async () => ({ name: 'Österreich' }),
      change: [{ name: 'Ostarrichi' }, { name: 'Ostarrichi' }],
    },
    {
      path: 'cities',
      singular: 'city',
      name: 'City',
      fields: async () => ({ name: 'Hallein', country_id: host.place.country_id }),
      change: [{ name: 'Kuchl' }, { name: 'Kuchl' }],
    },
    {
      path: 'leagues',
      singular: 'league',
      name: 'League',
      fields: async () => ({ name: '2. Klasse', country_id: host.place.country_id }),
      change: [{ country_id: null }, { country_id: null, name: '2. Klasse' }],
    },
    {
      path: 'operators',
      singular: 'operator',
      name: 'Operator',
      fields: async () => ({
        user_id: player.id,
        club_name: documented.club,
        address: documented.address,
        ...host.place,
      }),
      change: [
        { club_name: 'FC Eugendorf' },
        { club_name: 'FC Eugendorf', city: documented.city, league: documented.league },
      ],
    },
    {
      path: 'coaches',
      singular: 'coach',
      name: 'Coach',
      fields: async () => ({ user_id: player.id, club_id: (await host.club()).id }),
      change: [{ user_id: 0 }, {}],
    },
  ];

  for (const { path, singular, name, fields, change } of collections) {
    describe(path, () => {
      it('are made, read, listed, changed and deleted', async () => {
        const created = await call('POST', path, await fields());
        expect(created.status).to.equal(200);
        expect(Object.keys(created.body)).to.deep.equal([singular]);
        const one = created.body[singular];
        const id = one[`${singular}_id`];
        expect(id).to.be.a('number');

        const reader = await host.account();
        expect((await call('GET', `${path}/${id}`, undefined, reader.token)).told).to.deep.equal([200, created.body]);
        const list = await call('GET', path, undefined, reader.token);
        expect(list.body).to.deep.include(one);
        const ids = list.body.map((each: Record<string, number>) => each[`${singular}_id`]);
        expect(ids).to.deep.equal([...ids].sort((a, b) => a - b));

        const [sent, shown] = singular === 'coach' ? [{ user_id: String(reader.id) }, {}] : change;
        const changed = await call('PUT', `${path}/${id}`, sent);
        expect(changed.status).to.equal(200);
        expect(changed.body[singular]).to.include({ [`${singular}_id`]: id, ...shown });
        expect((await call('GET', `${path}/${id}`)).body).to.deep.equal(changed.body);

        const gone = await call('DELETE', `${path}/${id}`);
        expect([gone.status, gone.text]).to.deep.equal([200, '']);
        expect((await call('GET', `${path}/${id}`)).told).to.deep.equal([404, `${name} not found`]);
        expect((await call('PUT', `${path}/${id}`, sent)).status).to.equal(404);
        expect((await call('DELETE', `${path}/${id}`)).status).to.equal(404);
      });

      it('are written by admins alone', async () => {
        const { token } = await host.account('coach');
        for (const [method, at] of [
          ['POST', path],
          ['PUT', `${path}/1`],
          ['DELETE', `${path}/1`],
        ] as const) {
          expect((await call(method, at, method === 'DELETE' ? undefined : {}, token)).told).to.deep.equal(denied);
        }
        const { token: operator } = await host.account('operator');
        expect((await call('POST', path, {}, operator)).told).to.deep.equal(denied);
      });

      it('answer 404 for an invalid id, and 400 for no field, an unknown one, and one left out', async () => {
        for (const id of ['0', 'x', '-1', '1e3', '9'.repeat(20), '%00']) {
          expect((await call('GET', `${path}/${id}`)).status, id).to.equal(404);
        }
        expect((await call('PUT', `${path}/1`, {})).status).to.equal(400);
        expect((await call('PUT', `${path}/1`, { colour: 'red' })).status).to.equal(400);
        // An email may stand instead of `user_id`, which is looked at last.
        const [required = ''] = Object.keys(await fields()).filter((field) => field !== 'user_id');
        expect((await call('POST', path, {})).told).to.deep.equal([400, `${required} is required for the request`]);
      });
    });
  }

  describe('what refers to something else', () => {
    it('keeps that from being deleted: 409', async () => {
      const club = await host.club();
      await host.coach(club);
      const { country_id, city_id, league_id } = host.place;
      for (const [path, told] of [
        [`countries/${country_id}`, 'Country is in use'],
        [`cities/${city_id}`, 'City is in use'],
        [`leagues/${league_id}`, 'League is in use'],
        [`operators/${club.id}`, 'Operator is in use'],
      ] as const) {
        expect((await call('DELETE', path)).told).to.deep.equal([409, told]);
      }
    });

    it('must agree: an operator lies in a city of its country, and plays in a league that may be its', async () => {
      const country = await made('countries', 'country', { name: 'Germany' });
      const elsewhere = await made('cities', 'city', { name: 'Freilassing', country_id: country.id });
      const league = await made('leagues', 'league', { name: 'Kreisliga', country_id: String(country.id) });
      const open = await made('leagues', 'league', { name: 'Alpencup' });
      const fields = { user_id: player.id, club_name: documented.club, address: documented.address, ...host.place };
      const told = async (change: object) => (await call('POST', 'operators', { ...fields, ...change })).told;
      expect(await told({ city_id: elsewhere.id })).to.deep.equal([400, 'City is not in the country']);
      expect(await told({ league_id: league.id })).to.deep.equal([400, 'League is of another country']);
      expect((await told({ league_id: open.id }))[0]).to.equal(200);
      const { id } = await host.club();
      expect((await call('PUT', `operators/${id}`, { city_id: elsewhere.id })).status).to.equal(400);
      expect((await call('GET', `operators/${id}`)).body.operator.city).to.equal(documented.city);
    });
  });

  describe('records of another club are out of reach', () => {
    let club: Club;
    let coach: Account & { coachId: number };
    let other: Club;
    let outsider: Account & { coachId: number };
    before(async () => {
      club = await host.club();
      coach = await host.coach(club);
      other = await host.club();
      outsider = await host.coach(other);
    });
    const team = (coachId: number, { id }: Club, token: string) =>
      call('POST', 'teams', { coach_id: coachId, operator_id: id, team_name: 'U12' }, token);

    it('coaches: an operator changes and deletes those of their clubs alone', async () => {
      const own = await host.coach(club);
      const { token } = club.operator;
      expect((await call('PUT', `coaches/${outsider.coachId}`, { user_id: own.id }, token)).told).to.deep.equal(denied);
      expect((await call('DELETE', `coaches/${outsider.coachId}`, undefined, token)).told).to.deep.equal(denied);
      const away = { club_id: other.id };
      expect((await call('PUT', `coaches/${own.coachId}`, away, token)).told, 'given away').to.deep.equal(denied);
      expect((await call('DELETE', `coaches/${own.coachId}`, undefined, token)).status).to.equal(200);
    });

    it('coaches: one with teams stays in the club, and cannot be deleted', async () => {
      const own = await host.coach(club);
      await team(own.coachId, club, own.token);
      const moved = await call('PUT', `coaches/${own.coachId}`, { club_id: other.id });
      expect(moved.told).to.deep.equal([409, 'Coach has teams in the club']);
      expect((await call('DELETE', `coaches/${own.coachId}`)).told).to.deep.equal([409, 'Coach is in use']);
    });

    it('teams: made by their coach, by the operator of the club, by an admin', async () => {
      for (const { token } of [coach, club.operator, host.admin]) {
        expect((await team(coach.coachId, club, token)).status).to.equal(200);
      }
      for (const { token } of [outsider, other.operator, await host.coach(club)]) {
        expect((await team(coach.coachId, club, token)).told).to.deep.equal(denied);
      }
    });

    it('teams: a coach lists their own, an admin all', async () => {
      const fresh = await host.club();
      const first = await host.coach(fresh);
      const second = await host.coach(fresh);
      const a = (await team(first.coachId, fresh, first.token)).body.team;
      const b = (await team(second.coachId, fresh, second.token)).body.team;
      expect((await call('GET', 'teams', undefined, first.token)).body).to.deep.equal([a]);
      expect((await call('GET', 'teams', undefined, fresh.operator.token)).body).to.deep.equal([a, b]);
      expect((await call('GET', 'teams', undefined, other.operator.token)).body).not.to.deep.include(a);
      expect((await call('GET', 'teams')).body).to.deep.include.members([a, b]);
    });

    it('teams: changed within reach, and not out of it', async () => {
      const { team_id: id } = (await team(coach.coachId, club, coach.token)).body.team;
      const path = `teams/${id}`;
      const renamed = await call('PUT', path, { team_name: 'U13' }, coach.token);
      expect(renamed.body.team).to.include({ team_id: id, team_name: 'U13', coach_id: coach.coachId });
      const colleague = await host.coach(club);
      const handed = { coach_id: colleague.coachId };
      expect((await call('PUT', path, handed, coach.token)).told, 'to a colleague').to.deep.equal(denied);
      const gone = { coach_id: outsider.coachId, operator_id: other.id };
      expect((await call('PUT', path, gone, club.operator.token)).told, 'to another club').to.deep.equal(denied);
      expect((await call('PUT', path, handed, club.operator.token)).status, 'by the operator').to.equal(200);
      for (const [method, json] of [
        ['GET', undefined],
        ['PUT', { team_name: 'mine' }],
        ['DELETE', undefined],
      ] as const) {
        expect((await call(method, path, json, coach.token)).told, method).to.deep.equal(denied);
        expect((await call(method, path, json, other.operator.token)).told, method).to.deep.equal(denied);
      }
      expect((await call('DELETE', path, undefined, colleague.token)).status).to.equal(200);
      expect((await call('GET', path, undefined, colleague.token)).told).to.deep.equal([404, 'Team not found']);
    });
  });

  describe('players', () => {
    it('are added, replaced and removed, all or none', async () => {
      const club = await host.club();
      const { coachId, token } = await host.coach(club);
      const fields = { coach_id: coachId, operator_id: club.id, team_name: 'U12' };
      const { team } = (await call('POST', 'teams', fields, token)).body;
      const ids = (await Promise.all([host.account(), host.account(), host.account()])).map(({ id }) => id).sort();
      const [a = 0, b = 0, c = 0] = ids.sort((x, y) => x - y);
      const path = `teams/${team.team_id}/players`;
      const shown = (answer: { body: { team: { players: { id: number }[] } } }) =>
        answer.body.team.players.map(({ id }) => id);
      const listed = async () => (await call('GET', path, undefined, token)).body.map(({ id }: { id: number }) => id);

      expect(shown(await call('POST', path, { user_ids: [a, String(b), a] }, token))).to.deep.equal([a, b]);
      expect(shown(await call('POST', path, { user_ids: [b] }, token)), 'again').to.deep.equal([a, b]);
      expect(shown(await call('PUT', path, { user_ids: [c, b] }, token))).to.deep.equal([b, c]);
      const unknown = await call('PUT', path, { user_ids: [a, 999_999] }, token);
      expect(unknown.told).to.deep.equal([400, 'Users not found: 999999']);
      const absent = await call('DELETE', path, { user_ids: [b, a] }, token);
      expect(absent.told).to.deep.equal([400, `Players not found: ${a}`]);
      expect(await listed()).to.deep.equal([b, c]);

      expect(shown(await call('DELETE', path, { user_ids: [b] }, token))).to.deep.equal([c]);
      expect((await call('DELETE', `${path}/${b}`, undefined, token)).told).to.deep.equal([404, 'Player not found']);
      expect(shown(await call('DELETE', `${path}/${c}`, undefined, token))).to.deep.equal([]);
      expect(shown(await call('POST', path, { user_ids: ids }, token))).to.deep.equal(ids);
      expect(shown(await call('PUT', path, { user_ids: [] }, token))).to.deep.equal([]);
      expect((await call('DELETE', `teams/${team.team_id}`, undefined, token)).status).to.equal(200);
      expect((await call('GET', path, undefined, token)).told).to.deep.equal([404, 'Team not found']);
    });

    it('added by many at once are each there once', async () => {
      const club = await host.club();
      const { coachId, token } = await host.coach(club);
      const fields = { coach_id: coachId, operator_id: club.id, team_name: 'U12' };
      const { team } = (await call('POST', 'teams', fields, token)).body;
      const people = await Promise.all([host.account(), host.account(), host.account()]);
      const user_ids = people.map(({ id }) => id);
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => call('POST', `teams/${team.team_id}/players`, { user_ids }, token)),
      );
      expect(answers.map(({ status }) => status)).to.deep.equal(Array(6).fill(200));
      const { body } = await call('GET', `teams/${team.team_id}/players`, undefined, token);
      expect(body.map(({ id }: { id: number }) => id)).to.deep.equal([...user_ids].sort((x, y) => x - y));
    });
  });

  describe('emptied as a whole', () => {
    it('end what came with each row: roles, and what other plugins have of a club', async () => {
      const club = await host.club();
      const coach = await host.coach(club);
      const systemAdmin = await host.account('system_admin');
      const { knex } = host.palestra.database();
      const roleOf = async ({ id }: Account) => (await knex('account').select('role').where({ id }))[0].role;
      expect([await roleOf(club.operator), await roleOf(coach)]).to.deep.equal(['operator', 'coach']);
      const clubs = await knex('operator').pluck('id');
      told.length = 0;
      for (const name of ['team', 'coach', 'operator']) {
        const path = `/api/admin/collection/${name}?confirm=${name}`;
        const { status, text } = await host.request('DELETE', path, { token: systemAdmin.token });
        expect(status, text).to.equal(200);
        expect(await knex(name)).to.deep.equal([]);
      }
      expect([await roleOf(club.operator), await roleOf(coach)]).to.deep.equal(['player', 'player']);
      expect((await call('GET', 'teams', undefined, club.operator.token)).status, 'its token').to.equal(401);
      expect(told).to.have.members(clubs);
    });
  });

  it('more than a page are listed whole', async () => {
    const { knex } = host.palestra.database();
    const rows = Array.from({ length: 450 }, (_, index) => ({ name: `Land ${index}` }));
    for (let from = 0; from < rows.length; from += 150) await knex('country').insert(rows.slice(from, from + 150));
    const { body } = await call('GET', 'countries');
    const names = body.map(({ name }: { name: string }) => name).filter((name: string) => name.startsWith('Land '));
    expect(names).to.deep.equal(rows.map(({ name }) => name));
  });
});
