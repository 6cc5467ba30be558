/** A club to look at, made through the client as an administrator and an operator would: people, a team, games. */
import { createClient } from '@palestra/client';

/** `operator`, `coach` and `players` are credentials; the user names are emails. */
export async function seedClub({ baseUrl, dba, operator, coach, players }) {
  const admin = createClient({ baseUrl });
  await admin.auth.signInAdmin(credentials(dba));
  const [owner, trainer, ...members] = await Promise.all(
    [operator, coach, ...players].map((person) => register(baseUrl, person)),
  );
  const { country_id } = await admin.club.countries.create({ name: 'Austria' });
  const { city_id } = await admin.club.cities.create({ name: 'Salzburg', country_id });
  const { league_id } = await admin.club.leagues.create({ name: '1. Landesliga', country_id });
  const place = { address: 'Stadionstraße 2', country_id, city_id, league_id };
  const { operator_id } = await admin.club.operators.create({ user_id: owner.id, club_name: 'SC Salzburg', ...place });
  await admin.club.games.add({ gameConfigDTO: { name: 'Star Sprint', minutes: 5 } });
  await admin.club.games.add({ gameConfigDTO: { name: 'Wall Pass', minutes: 8 } });

  const club = createClient({ baseUrl });
  await club.auth.signIn(credentials(operator));
  const { coach_id } = await club.club.coaches.add({ user_id: trainer.id, club_id: operator_id });
  const leader = createClient({ baseUrl });
  await leader.auth.signIn(credentials(coach));
  const { team_id } = await leader.club.teams.create({ coach_id, operator_id, team_name: 'First team' });
  await leader.club.teams.players.add(
    team_id,
    members.map(({ id }) => id),
  );
}

const credentials = ({ username, password }) => ({ username, password });

function register(baseUrl, { username, password, firstName, lastName }) {
  const person = { email: username, password, first_name: firstName, last_name: lastName };
  return createClient({ baseUrl }).club.register(person);
}
