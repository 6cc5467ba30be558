/** What must agree between places, clubs, coaches and teams: nothing twice, no list without an end, no race that breaks it. */
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { type Club, type ClubHost, documented, startClubHost } from './club-host.js';

const rounds = 8;

describeOnEachDatabase('clubs agree', (fresh) => {
  let host: ClubHost;
  before(async () => {
    host = await startClubHost(await fresh());
  });
  after(() => host.stop());

  const call = async (method: string, path: string, json?: unknown, token = host.admin.token) => {
    const answer = await host.request(method, `/api/v1/${path}`, { token, ...(json !== undefined && { json }) });
    return { ...answer, told: [answer.status, answer.body] };
  };
  const idOf = async (path: string, singular: string, fields: object): Promise<number> =>
    (await call('POST', path, fields)).body[singular][`${singular}_id`];
  const teamOf = async (club: Club, coach: { coachId: number }) =>
    idOf('teams', 'team', { coach_id: coach.coachId, operator_id: club.id, team_name: 'U12' });

  describe('nothing is there twice', () => {
    const doubles: readonly [what: string, path: string, fields: () => object | Promise<object>, told: string][] = [
      ['a country', 'countries', () => ({ name: documented.country }), 'Country exists already'],
      [
        'a city of a country',
        'cities',
        () => ({ name: documented.city, country_id: host.place.country_id }),
        'City exists in this country already',
      ],
      ['a league', 'leagues', () => ({ name: documented.league }), 'League exists already'],
      [
        'an operator of the same user and club',
        'add_operator',
        async () => {
          const fields = { user_id: (await host.account()).id, club_name: 'FC', address: 'Ort 1', ...host.place };
          await call('POST', 'add_operator', fields);
          return fields;
        },
        'User is an operator of this club already',
      ],
    ];
    for (const [what, path, fields, told] of doubles) {
      it(`${what}: 400, also when many are sent at once`, async () => {
        const sent = await fields();
        const answers = await Promise.all(Array.from({ length: 4 }, () => call('POST', path, sent)));
        expect(answers.map((answer) => answer.told)).to.deep.equal(Array(4).fill([400, told]));
      });
    }

    it('the same city in another country is another city, and a renamed one is held to the same', async () => {
      const country_id = await idOf('countries', 'country', { name: 'Lichtenstein' });
      expect((await call('POST', 'cities', { name: documented.city, country_id })).status).to.equal(200);
      const other = await idOf('cities', 'city', { name: 'Vaduz', country_id });
      const renamed = await call('PUT', `cities/${other}`, { name: documented.city });
      expect(renamed.told).to.deep.equal([400, 'City exists in this country already']);
    });
  });

  it('lists take find and after', async () => {
    const names = ['Alpha', 'Beta', 'Gamma'];
    for (const name of names) await call('POST', 'countries', { name });
    const all = (await call('GET', 'countries')).body;
    expect((await call('GET', 'countries?find=2')).body).to.deep.equal(all.slice(0, 2));
    const after = all.at(-3).country_id;
    expect((await call('GET', `countries?after=${after}`)).body).to.deep.equal(all.slice(-2));
    expect((await call('GET', `countries?find=1&after=${after}`)).body).to.deep.equal(all.slice(-2, -1));
    for (const bad of ['find=-1', 'find=x', 'after=x', 'limit=1']) {
      expect((await call('GET', `countries?${bad}`)).status, bad).to.equal(400);
    }
  });

  describe('places that clubs name', () => {
    it('a city with clubs stays in its country, a league open to their countries', async () => {
      await host.club();
      const country_id = await idOf('countries', 'country', { name: 'Bavaria' });
      const { city_id, league_id } = host.place;
      expect((await call('PUT', `cities/${city_id}`, { country_id })).told).to.deep.equal([
        409,
        'City has clubs in the country',
      ]);
      expect((await call('PUT', `leagues/${league_id}`, { country_id })).told).to.deep.equal([
        409,
        'League has clubs in another country',
      ]);
      expect((await call('PUT', `cities/${city_id}`, { country_id: host.place.country_id })).status).to.equal(200);
    });

    it('whichever of a moving city and a new club in it comes first', async () => {
      const elsewhere = await idOf('countries', 'country', { name: 'Elsewhere' });
      const { country_id, league_id } = host.place;
      for (let round = 0; round < rounds; round++) {
        const city_id = await idOf('cities', 'city', { name: `Town ${round}`, country_id });
        const user_id = (await host.account()).id;
        const club = { user_id, club_name: 'SV', address: 'Weg 1', country_id, city_id, league_id };
        const [moved, made] = await Promise.all([
          call('PUT', `cities/${city_id}`, { country_id: elsewhere }),
          call('POST', 'operators', club),
        ]);
        expect([moved.status, made.status].sort()).to.deep.equal(made.status === 200 ? [200, 409] : [200, 400]);
      }
    });

    it('whichever of a league that gets a country and a club that leaves it comes first', async () => {
      const away = await idOf('countries', 'country', { name: 'Away' });
      const abroad = { country_id: away, city_id: await idOf('cities', 'city', { name: 'Port', country_id: away }) };
      for (let round = 0; round < rounds; round++) {
        const league_id = await idOf('leagues', 'league', { name: `Open league ${round}` });
        const { country_id, city_id } = host.place;
        const fields = { user_id: (await host.account()).id, club_name: 'SV', address: 'Weg 1', league_id };
        const club = await idOf('operators', 'operator', { ...fields, country_id, city_id });
        const [settled, moved] = await Promise.all([
          call('PUT', `leagues/${league_id}`, { country_id }),
          call('PUT', `operators/${club}`, abroad),
        ]);
        expect([settled.status, moved.status]).to.deep.equal(moved.status === 200 ? [409, 200] : [200, 400]);
      }
    });
  });

  describe('teams under way', () => {
    let club: Club;
    let coach: Account & { coachId: number };
    before(async () => {
      club = await host.club();
      coach = await host.coach(club);
    });

    it('of two rosters at once one is the team', async () => {
      const people = await Promise.all(Array.from({ length: 6 }, () => host.account()));
      const ids = people.map(({ id }) => id).sort((a, b) => a - b);
      const team = await teamOf(club, coach);
      for (let round = 0; round < rounds; round++) {
        const rosters = [ids.slice(0, 3), ids.slice(3)];
        const answers = await Promise.all(
          rosters.map((user_ids) => call('PUT', `teams/${team}/players`, { user_ids }, coach.token)),
        );
        expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
        const { body } = await call('GET', `teams/${team}/players`);
        expect(rosters).to.deep.include(body.map(({ id }: { id: number }) => id));
      }
    });

    it('a coach who moves to another club gets no team in this one', async () => {
      const other = await host.club();
      for (let round = 0; round < rounds; round++) {
        const { coachId } = await host.coach(club);
        const fields = { coach_id: coachId, operator_id: club.id, team_name: 'U12' };
        const [moved, made] = await Promise.all([
          call('PUT', `coaches/${coachId}`, { club_id: other.id }),
          call('POST', 'teams', fields),
        ]);
        expect([moved.status, made.status]).to.deep.equal(made.status === 200 ? [409, 200] : [200, 400]);
      }
    });

    it('deleted twice at once is deleted once, and once in the audit', async () => {
      const { knex } = host.palestra.database();
      const deletions = async () => (await knex('audit_entry').where({ action: 'team.delete' })).length;
      const before = await deletions();
      for (let round = 0; round < rounds; round++) {
        const team = await teamOf(club, coach);
        const answers = await Promise.all([1, 2, 3].map(() => call('DELETE', `teams/${team}`)));
        expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 404, 404]);
      }
      expect((await deletions()) - before).to.equal(rounds);
    });

    it('that is being deleted takes players, or is not found', async () => {
      const { id } = await host.account();
      for (let round = 0; round < rounds; round++) {
        const team = await teamOf(club, coach);
        const [added, deleted] = await Promise.all([
          call('POST', `teams/${team}/players`, { user_ids: [id] }, coach.token),
          call('DELETE', `teams/${team}`),
        ]);
        expect(deleted.status).to.equal(200);
        if (added.status !== 200) expect(added.told).to.deep.equal([404, 'Team not found']);
      }
    });
  });
});
