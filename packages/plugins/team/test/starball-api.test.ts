/** What the Starball API documents, one test for each documented answer: bodies, key names, texts, statuses, scopes. */
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { type Club, type ClubHost, documented, signInAgain, startClubHost } from './club-host.js';

const denied = "You don't have the permission for the request";

describeOnEachDatabase('the Starball API, clubs and teams', (fresh) => {
  let host: ClubHost;
  let club: Club;
  before(async () => {
    host = await startClubHost(await fresh());
    club = await host.club();
  });
  after(() => host.stop());

  const post = (path: string, token: string | undefined, json?: unknown) =>
    host.request('POST', `/api/v1/${path}`, { token, json });

  /** As a PWA registers: by email, with first and last name. */
  async function registered(first_name: string, last_name: string): Promise<Account> {
    const email = `${first_name}.${Math.random().toString(36).slice(2)}@user.com`.toLowerCase();
    const password = 'a long enough password';
    const { body } = await host.request('POST', '/api/v1/public/register', {
      json: { email, password, first_name, last_name },
    });
    return signInAgain(host, { id: body.id, username: email, password, token: '' });
  }

  describe('4.2.1 add operator', () => {
    const fields = (user_id: unknown) => ({
      user_id,
      club_name: documented.club,
      address: documented.address,
      country_id: host.place.country_id,
      city_id: host.place.city_id,
      league_id: host.place.league_id,
    });

    it('answers the operator with its user, and country, city and league by name', async () => {
      const max = await registered('Max', 'Mustermann');
      const { status, body } = await post('add_operator', host.admin.token, fields(max.id));
      expect(status).to.equal(200);
      expect(body).to.deep.equal({
        operator: {
          operator_id: body.operator.operator_id,
          user: { email: max.username, name: 'Max Mustermann' },
          club_name: documented.club,
          address: documented.address,
          country: documented.country,
          city: documented.city,
          league: documented.league,
        },
      });
      expect(body.operator.operator_id).to.be.a('number');
    });

    it('takes ids as strings too', async () => {
      const { id } = await registered('Max', 'Mustermann');
      const asText = Object.entries(fields(id)).map(([name, value]) => [name, String(value)]);
      const { status } = await post('add_operator', host.admin.token, Object.fromEntries(asText));
      expect(status).to.equal(200);
    });

    it('makes the user an operator, so that a new sign-in reaches what operators reach', async () => {
      const user = await registered('Mia', 'Muster');
      const before = await post('add_coach', user.token, {});
      expect(before.body).to.equal(denied);
      await post('add_operator', host.admin.token, fields(user.id));
      const { token } = await signInAgain(host, user);
      expect((await post('add_coach', token, {})).status).to.equal(400);
      expect((await post('add_coach', user.token, {})).status, 'the old token').to.equal(401);
    });

    for (const missing of ['user_id', 'club_name', 'address', 'country_id', 'city_id', 'league_id']) {
      it(`answers 400 and says so without ${missing}`, async () => {
        const { [missing as 'user_id']: _, ...rest } = fields(1);
        const { status, body } = await post('add_operator', host.admin.token, rest);
        expect([status, body]).to.deep.equal([400, `${missing} is required for the request`]);
      });
    }

    for (const [field, told] of [
      ['user_id', 'User not found'],
      ['country_id', 'Country not found'],
      ['city_id', 'City not found'],
      ['league_id', 'League not found'],
    ] as const) {
      it(`answers 400 "${told}" for a ${field} that names nothing`, async () => {
        const body = { ...fields(host.admin.id), [field]: 999_999 };
        const answer = await post('add_operator', host.admin.token, body);
        expect([answer.status, answer.body]).to.deep.equal([400, told]);
      });
    }

    it('answers 403 to an operator', async () => {
      const answer = await post('add_operator', club.operator.token, fields(club.operator.id));
      expect([answer.status, answer.body]).to.deep.equal([403, denied]);
    });

    it('answers 401 without a token', async () => {
      const answer = await post('add_operator', undefined, fields(1));
      expect([answer.status, answer.body]).to.deep.equal([401, 'A token must be passed.']);
    });
  });

  describe('4.3.2 add coach', () => {
    it('answers the coach with its user and the name of the club', async () => {
      const mike = await registered('Mike', 'Mustermann');
      const fields = { user_id: mike.id, club_id: String(club.id) };
      const { status, body } = await post('add_coach', club.operator.token, fields);
      expect(status).to.equal(200);
      expect(body).to.deep.equal({
        coach: {
          coach_id: body.coach.coach_id,
          user: { email: mike.username, name: 'Mike Mustermann' },
          club_name: documented.club,
        },
      });
      expect(body.coach.coach_id).to.be.a('number');
      const again = await post('add_coach', club.operator.token, fields);
      expect([again.status, again.body]).to.deep.equal([400, 'User is a coach of this club already']);
    });

    it('answers 400 without club_id, and for ids that name nothing', async () => {
      const { token } = club.operator;
      const answers = [
        await post('add_coach', token, { user_id: 1 }),
        await post('add_coach', token, { user_id: 999_999, club_id: club.id }),
        await post('add_coach', token, { user_id: club.operator.id, club_id: 999_999 }),
        await post('add_coach', token, { user_id: 'x', club_id: club.id }),
      ];
      expect(answers.map(({ status, body }) => [status, body])).to.deep.equal([
        [400, 'club_id is required for the request'],
        [400, 'User not found'],
        [400, 'Club not found'],
        [400, 'user_id must be an id: 1 to 15 digits'],
      ]);
    });

    it('answers 403 to a coach, and to the operator of another club', async () => {
      const coach = await host.coach(club);
      const other = await host.club();
      for (const { token } of [coach, other.operator]) {
        const answer = await post('add_coach', token, { user_id: coach.id, club_id: club.id });
        expect([answer.status, answer.body]).to.deep.equal([403, denied]);
      }
    });
  });

  describe('4.4.1 create team, add players', () => {
    it('answers the team', async () => {
      const coach = await host.coach(club);
      const fields = { coach_id: coach.coachId, operator_id: String(club.id), team_name: 'U12 Union Henndorf' };
      const { status, body } = await post('teams', coach.token, fields);
      expect(status).to.equal(200);
      expect(body).to.deep.equal({
        team: {
          team_id: body.team.team_id,
          coach_id: coach.coachId,
          operator_id: club.id,
          team_name: 'U12 Union Henndorf',
        },
      });
    });

    it('answers 400 without team_name, for unknown ids, and for a coach of another club', async () => {
      const coach = await host.coach(club);
      const outsider = await host.coach(await host.club());
      const fields = { coach_id: coach.coachId, operator_id: club.id, team_name: 'U12' };
      const { team_name: _, ...nameless } = fields;
      const answers = [
        await post('teams', coach.token, nameless),
        await post('teams', coach.token, { ...fields, coach_id: 999_999 }),
        await post('teams', coach.token, { ...fields, operator_id: 999_999 }),
        await post('teams', host.admin.token, { ...fields, coach_id: outsider.coachId }),
      ];
      expect(answers.map(({ status, body }) => [status, body])).to.deep.equal([
        [400, 'team_name is required for the request'],
        [400, 'Coach not found'],
        [400, 'Club not found'],
        [400, 'Coach is not of the club'],
      ]);
    });

    it('answers 403 to a player', async () => {
      const { token } = await host.account();
      const answer = await post('teams', token, {});
      expect([answer.status, answer.body]).to.deep.equal([403, denied]);
    });

    it('adds players and answers the team with all of them', async () => {
      const coach = await host.coach(club);
      const { team } = (
        await post('teams', coach.token, { coach_id: coach.coachId, operator_id: club.id, team_name: 'U14' })
      ).body;
      const jon = await registered('Jon', 'Dorian');
      const max = await registered('Max', 'Neukirchner');
      const user_ids = [String(jon.id), String(max.id)];
      const { status, body } = await post(`teams/${team.team_id}/players`, coach.token, { user_ids });
      expect(status).to.equal(200);
      expect(body).to.deep.equal({
        team: {
          ...team,
          players: [
            { id: jon.id, first_name: 'Jon', last_name: 'Dorian', email: jon.username, address: null },
            { id: max.id, first_name: 'Max', last_name: 'Neukirchner', email: max.username, address: null },
          ],
        },
      });
    });

    it('adds none of the players if one is not found, and names those', async () => {
      const coach = await host.coach(club);
      const { team } = (
        await post('teams', coach.token, { coach_id: coach.coachId, operator_id: club.id, team_name: 'U16' })
      ).body;
      const jon = await registered('Jon', 'Dorian');
      const path = `teams/${team.team_id}/players`;
      const answer = await post(path, coach.token, { user_ids: [jon.id, 999_998, '999999'] });
      expect([answer.status, answer.body]).to.deep.equal([400, 'Users not found: 999998, 999999']);
      expect((await post(path, coach.token, {})).body).to.equal('user_ids is required for the request');
      const list = await host.request('GET', `/api/v1/${path}`, { token: coach.token });
      expect(list.body).to.deep.equal([]);
    });

    it('answers 403 to a player, and to the coach of another team', async () => {
      const coach = await host.coach(club);
      const fields = { coach_id: coach.coachId, operator_id: club.id, team_name: 'U18' };
      const { team } = (await post('teams', coach.token, fields)).body;
      const player = await host.account();
      const colleague = await host.coach(club);
      for (const { token } of [player, colleague]) {
        const answer = await post(`teams/${team.team_id}/players`, token, { user_ids: [player.id] });
        expect([answer.status, answer.body]).to.deep.equal([403, denied]);
      }
    });
  });
});
