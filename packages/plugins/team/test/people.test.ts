/** People of clubs: what is shown of them, who finds them, and roles that end with the position they came from. */
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { type Club, type ClubHost, signInAgain, startClubHost } from './club-host.js';

interface Person extends Account {
  readonly email: string;
}

describeOnEachDatabase('people of clubs', (fresh) => {
  let host: ClubHost;
  let club: Club;
  let coach: Account & { coachId: number };
  let team: number;
  before(async () => {
    host = await startClubHost(await fresh());
    club = await host.club();
    coach = await host.coach(club);
    team = await teamOf(coach.coachId, club.id);
  });
  after(() => host.stop());

  let made = 0;
  async function call(method: string, path: string, who: Account, json?: object) {
    const answer = await host.request(method, `/api/v1/${path}`, { token: who.token, ...(json && { json }) });
    return { ...answer, told: [answer.status, answer.body] as const };
  }
  async function teamOf(coach_id: number, operator_id: number): Promise<number> {
    made += 1;
    const json = { coach_id, operator_id, team_name: `Team ${made}` };
    return (await call('POST', 'teams', host.admin, json)).body.team.team_id;
  }

  /** Registered by the resource API, where nothing is shared. */
  async function member(): Promise<Person> {
    made += 1;
    const email = `member-${made}@club.example`;
    const fields = { username: `member-${made}`, password: 'a long enough password' };
    const sealed = await host.seal({ ...fields, email, firstName: 'Jon', lastName: 'Dorian' });
    const { body, text } = await host.request('POST', '/api/register', { json: { sealed } });
    if (!body.success) throw new Error(text);
    const token = body.data.access_token;
    const [profile] = (await host.request('GET', '/api/profile', { token })).body.data;
    await update(token, { _id: profile._id, address: 'Seestraße 12' });
    return { ...fields, email, id: Number(profile._id), token };
  }

  async function update(token: string, data: object): Promise<void> {
    const answer = await host.operate('/api/profile', token, 'update', data);
    if (answer.status !== 200) throw new Error(answer.text);
  }

  const idOf = ({ id }: Account) => String(id).padStart(12, '0');
  const roleOf = async ({ id }: Account) =>
    (await host.palestra.database().knex('account').where({ id }).select('role'))[0]?.role;
  const named = ({ id }: Account) => ({ id, first_name: 'Jon', last_name: 'Dorian' });

  describe('who play in a team', () => {
    it('show their name only, until they share more', async () => {
      const jon = await member();
      const path = `teams/${team}/players`;
      const added = await call('POST', path, coach, { user_ids: [jon.id] });
      const nameOnly = { ...named(jon), email: null, address: null };
      expect(added.body.team.players).to.deep.equal([nameOnly]);
      expect((await call('GET', path, coach)).body).to.deep.equal([nameOnly]);
      expect((await call('GET', path, club.operator)).body).to.deep.equal([nameOnly]);
      await update(jon.token, { _id: idOf(jon), shareEmail: true });
      expect((await call('GET', path, coach)).body).to.deep.equal([{ ...nameOnly, email: jon.email }]);
      await update(jon.token, { _id: idOf(jon), shareEmail: false, shareAddress: true });
      expect((await call('GET', path, coach)).body).to.deep.equal([{ ...nameOnly, address: 'Seestraße 12' }]);
      await call('DELETE', path, coach, { user_ids: [jon.id] });
    });

    it('show the email by which they were found, and nothing more', async () => {
      const jon = await member();
      const path = `teams/${team}/players`;
      for (const method of ['POST', 'PUT']) {
        const { body } = await call(method, path, coach, { user_ids: [jon.email.toUpperCase()] });
        expect(body.team.players).to.deep.equal([{ ...named(jon), email: jon.email, address: null }]);
      }
      const missing = await call('POST', path, coach, { user_ids: ['nobody@club.example', jon.id] });
      expect(missing.told).to.deep.equal([400, 'Users not found: nobody@club.example']);
      expect((await call('DELETE', path, coach, { user_ids: [jon.email] })).body.team.players).to.deep.equal([]);
    });

    it('are found by id among players and those who work for the club; others do not exist', async () => {
      const path = `teams/${team}/players`;
      const ranks = ['dba', 'system_admin', 'admin', 'operator', 'coach'] as const;
      const others = await Promise.all(ranks.map((role) => host.account(role)));
      const otherClub = await host.club();
      others.push(otherClub.operator, await host.coach(otherClub));
      for (const who of [coach, club.operator]) {
        const { told } = await call('POST', path, who, { user_ids: others.map(({ id }) => id) });
        expect(told).to.deep.equal([400, `Users not found: ${others.map(({ id }) => id).join(', ')}`]);
      }
      const colleague = await host.coach(club);
      const own = await call('PUT', path, coach, { user_ids: [colleague.id, club.operator.id] });
      expect(own.body.team.players).to.have.length(2);
      expect((await call('PUT', path, host.admin, { user_ids: [others[0]?.id] })).status).to.equal(200);
      await call('PUT', path, coach, { user_ids: [] });
    });

    it('read their own teams and the names of their mates, of others nothing', async () => {
      const [jon, mate, outsider] = [await member(), await member(), await member()];
      const path = `teams/${team}`;
      await call('PUT', `${path}/players`, coach, { user_ids: [jon.id, mate.email] });
      await update(mate.token, { _id: idOf(mate), shareEmail: true, shareAddress: true });
      const mine = await call('GET', 'teams', jon);
      expect(mine.body.map(({ team_id }: { team_id: number }) => team_id)).to.deep.equal([team]);
      expect((await call('GET', path, jon)).body.team).to.include({ team_id: team, coach_id: coach.coachId });
      expect((await call('GET', `${path}/players`, jon)).body).to.deep.equal([
        { ...named(jon), email: null, address: null },
        { ...named(mate), email: null, address: null },
      ]);
      expect((await call('GET', 'teams', outsider)).body).to.deep.equal([]);
      for (const at of [path, `${path}/players`]) expect((await call('GET', at, outsider)).status).to.equal(403);
      for (const method of ['POST', 'PUT', 'DELETE']) {
        expect((await call(method, `${path}/players`, jon, { user_ids: [outsider.id] })).status).to.equal(403);
      }
      expect((await call('PUT', path, jon, { team_name: 'Ours' })).status).to.equal(403);
      const other = await teamOf(coach.coachId, club.id);
      expect((await call('GET', `teams/${other}`, jon)).status).to.equal(403);
    });
  });

  describe('are found by their exact email', () => {
    it('by coaches and those above', async () => {
      const jon = await member();
      const path = (email: string) => `users?email=${encodeURIComponent(email)}`;
      const found = { ...named(jon), email: jon.email };
      for (const who of [coach, club.operator, host.admin]) {
        expect((await call('GET', path(jon.email.toUpperCase()), who)).told).to.deep.equal([200, found]);
      }
      for (const email of [jon.email.slice(1), jon.username, `${jon.email}x`, '%@%']) {
        expect((await call('GET', path(email), coach)).told).to.deep.equal([404, 'User not found']);
      }
      expect((await call('GET', path(jon.email), jon)).status).to.equal(403);
      expect((await call('GET', 'users', coach)).told).to.deep.equal([400, 'email is required for the request']);
    });

    it('for a position, where a user_id could stand', async () => {
      const [jon, max] = [await member(), await member()];
      const added = await call('POST', 'add_coach', club.operator, { email: jon.email, club_id: club.id });
      expect(added.body.coach.user, 'not shared').to.deep.equal({ email: null, name: 'Jon Dorian' });
      const { coach_id } = added.body.coach;
      await update(jon.token, { _id: idOf(jon), shareEmail: true });
      expect((await call('GET', `coaches/${coach_id}`, max)).body.coach.user.email).to.equal(jon.email);
      const moved = await call('PUT', `coaches/${coach_id}`, club.operator, { email: max.email });
      expect(moved.status, moved.text).to.equal(200);
      expect([await roleOf(jon), await roleOf(max)]).to.deep.equal(['player', 'coach']);
      const fields = { club_name: 'SV', address: 'Weg 1', ...host.place };
      expect((await call('POST', 'add_operator', host.admin, { ...fields, email: jon.email })).status).to.equal(200);
      for (const [json, told] of [
        [{ email: 'nobody@club.example' }, 'User not found'],
        [{ email: max.email, user_id: max.id }, 'Send user_id or email, not both'],
        [{}, 'user_id is required for the request'],
      ] as const) {
        const answer = await call('POST', 'add_coach', club.operator, { ...json, club_id: club.id });
        expect(answer.told).to.deep.equal([400, told]);
      }
    });
  });

  describe('who coach or operate', () => {
    it('lose role and tokens with the last position, and what was granted stays', async () => {
      const jon = await member();
      const other = await host.club();
      const positions: number[] = [];
      for (const { id, operator } of [club, other]) {
        const { body } = await call('POST', 'add_coach', operator, { user_id: jon.id, club_id: id });
        positions.push(body.coach.coach_id);
      }
      const signedIn = await signInAgain(host, jon);
      expect((await call('GET', `users?email=${jon.email}`, signedIn)).status).to.equal(200);
      await call('DELETE', `coaches/${positions[0]}`, host.admin);
      expect(await roleOf(jon)).to.equal('coach');
      expect((await call('GET', `users?email=${jon.email}`, signedIn)).status).to.equal(200);
      await call('DELETE', `coaches/${positions[1]}`, other.operator);
      expect(await roleOf(jon)).to.equal('player');
      expect((await call('GET', `users?email=${jon.email}`, signedIn)).status).to.equal(401);
      const former = await signInAgain(host, jon);
      expect((await call('GET', `users?email=${jon.email}`, former)).status).to.equal(403);

      const granted = await host.account('coach');
      const { body } = await call('POST', 'add_coach', club.operator, { user_id: granted.id, club_id: club.id });
      await call('DELETE', `coaches/${body.coach.coach_id}`, club.operator);
      expect(await roleOf(granted)).to.equal('coach');
    });

    it('lose it with the club, down to what another position needs', async () => {
      const jon = await member();
      const fields = { user_id: jon.id, address: 'Weg 1', ...host.place };
      const made = await call('POST', 'add_operator', host.admin, { ...fields, club_name: 'SV' });
      await call('POST', 'add_coach', host.admin, { user_id: jon.id, club_id: club.id });
      expect(await roleOf(jon)).to.equal('operator');
      const { operator_id } = made.body.operator;
      const heir = await member();
      await call('PUT', `operators/${operator_id}`, host.admin, { user_id: heir.id });
      expect([await roleOf(jon), await roleOf(heir)]).to.deep.equal(['coach', 'operator']);
      await call('DELETE', `operators/${operator_id}`, host.admin);
      expect(await roleOf(heir)).to.equal('player');
    });

    it('of two positions that end at once, and of one that begins meanwhile, have the role that is left', async () => {
      const [first, second] = [await host.club(), await host.club()];
      for (let round = 0; round < 8; round++) {
        const jon = await member();
        const add = ({ id }: Club) => call('POST', 'add_coach', host.admin, { user_id: jon.id, club_id: id });
        const ids = [(await add(first)).body.coach.coach_id, (await add(second)).body.coach.coach_id];
        const removed = await Promise.all(ids.map((id) => call('DELETE', `coaches/${id}`, host.admin)));
        expect(removed.map(({ status }) => status)).to.deep.equal([200, 200]);
        expect(await roleOf(jon)).to.equal('player');
        const third = (await add(first)).body.coach.coach_id;
        await Promise.all([call('DELETE', `coaches/${third}`, host.admin), add(second)]);
        expect(await roleOf(jon)).to.equal('coach');
      }
    });

    it('keep their session when an operator makes them a coach; the new role is that of the next sign-in', async () => {
      const jon = await member();
      await call('POST', 'add_coach', club.operator, { user_id: jon.id, club_id: club.id });
      expect((await host.request('GET', '/api/profile', { token: jon.token })).status).to.equal(200);
      expect((await call('GET', `users?email=${jon.email}`, jon)).status).to.equal(403);
      const again = await signInAgain(host, jon);
      expect((await call('GET', `users?email=${jon.email}`, again)).status).to.equal(200);
    });

    it('are not made of admins by an operator, for whom those do not exist', async () => {
      for (const role of ['dba', 'system_admin', 'admin'] as const) {
        const { id } = await host.account(role);
        const { told } = await call('POST', 'add_coach', club.operator, { user_id: id, club_id: club.id });
        expect(told).to.deep.equal([400, 'User not found']);
      }
    });

    it('manage nothing any more once their role was revoked', async () => {
      const jon = await host.coach(club);
      const own = await teamOf(jon.coachId, club.id);
      expect((await call('GET', `teams/${own}`, jon)).status).to.equal(200);
      const { token } = await host.account('system_admin');
      await host.request('POST', '/api/admin/revoke_privilege', { token, json: { username: jon.username } });
      const former = await signInAgain(host, jon);
      expect((await call('GET', 'teams', former)).body).to.deep.equal([]);
      expect((await call('GET', `teams/${own}`, former)).status).to.equal(403);
    });
  });
});
