/** A club with a coach, a team and its players, for `palestra demo`. */
import type { DemoHost } from '@palestra/core';

export async function demo({ people, call }: DemoHost): Promise<void> {
  const of = (role: string) => people.filter((person) => person.role === role);
  const [admin] = of('admin');
  const operator = of('operator').at(-1);
  const [coach] = of('coach');
  if (!admin || !operator || !coach) return;
  const as = admin.username;
  const { country } = await call('createCountry', { as, body: { name: 'Austria' } });
  const place = { country_id: country.country_id };
  const { city } = await call('createCity', { as, body: { name: 'Salzburg', ...place } });
  const { league } = await call('createLeague', { as, body: { name: '1. Landesliga', ...place } });
  const { operator: club } = await call('addOperator', {
    as,
    body: {
      user_id: operator.accountId,
      club_name: 'SC Salzburg',
      address: 'Stadionstraße 2',
      city_id: city.city_id,
      league_id: league.league_id,
      ...place,
    },
  });
  const { coach: trainer } = await call('addCoach', {
    as: operator.username,
    body: { user_id: coach.accountId, club_id: club.operator_id },
  });
  const { team } = await call('createTeam', {
    as: coach.username,
    body: { operator_id: club.operator_id, coach_id: trainer.coach_id, team_name: 'First team' },
  });
  await call('addPlayers', {
    as: coach.username,
    params: { team_id: team.team_id },
    body: { user_ids: of('player').map(({ accountId }) => accountId) },
  });
}
