/** What the conformance kit tries: one request that succeeds for every operation. */
import type { Answers, Fixture, Given } from '@palestra/server/conformance';

interface Collection {
  readonly one: string;
  readonly many: string;
  /** Of the path, for one. */
  readonly id: (answers: Answers) => Readonly<Record<string, number>>;
  readonly create: Given<object>;
  readonly update: Given<object>;
  /** Who reads one; by default the lowest role that may read some. */
  readonly reader?: 'coach';
}

/** Created, listed, read and changed. */
function used({ one, many, id, create, update, reader }: Collection): readonly Fixture[] {
  return [
    { name: one, operation: `create${one}`, body: create },
    { operation: `list${many}` },
    { operation: `get${one}`, params: id, ...(reader && { as: reader }) },
    { operation: `update${one}`, params: id, body: update },
  ];
}

const inCountry =
  (name: string): Given<object> =>
  ({ Country: { country } }) => ({ name, country_id: country.country_id });

const club =
  (owner: 'admin' | 'operator'): Given<object> =>
  ({ Country: { country }, City: { city }, League: { league } }, people) => ({
    user_id: people[owner],
    club_name: `Club of the ${owner}`,
    address: 'Seestraße 12',
    country_id: country.country_id,
    city_id: city.city_id,
    league_id: league.league_id,
  });

const clubId = ({ club: { operator } }: Answers): number => operator.operator_id;
const teamId = ({ Team: { team } }: Answers) => ({ team_id: team.team_id });
const players: Given<object> = (_answers, people) => ({ user_ids: [people.player] });

const country: Collection = {
  one: 'Country',
  many: 'Countries',
  id: ({ Country }) => ({ id: Country.country.country_id }),
  create: { name: 'Austria' },
  update: { name: 'Österreich' },
};
const city: Collection = {
  one: 'City',
  many: 'Cities',
  id: ({ City }) => ({ id: City.city.city_id }),
  create: inCountry('Salzburg'),
  update: { name: 'Stadt Salzburg' },
};
const league: Collection = {
  one: 'League',
  many: 'Leagues',
  id: ({ League }) => ({ id: League.league.league_id }),
  create: inCountry('1. Landesliga'),
  update: { name: '2. Landesliga' },
};
const operator: Collection = {
  one: 'Operator',
  many: 'Operators',
  id: ({ Operator }) => ({ id: Operator.operator.operator_id }),
  create: club('admin'),
  update: { address: 'Seestraße 13' },
};
const coach: Collection = {
  one: 'Coach',
  many: 'Coaches',
  id: ({ Coach }) => ({ id: Coach.coach.coach_id }),
  create: (answers, people) => ({ user_id: people.admin, club_id: clubId(answers) }),
  update: (answers) => ({ club_id: clubId(answers) }),
};
const team: Collection = {
  one: 'Team',
  many: 'Teams',
  id: teamId,
  create: (answers) => ({
    coach_id: answers.clubCoach.coach.coach_id,
    operator_id: clubId(answers),
    team_name: 'First',
  }),
  update: { team_name: 'Second' },
  reader: 'coach',
};

export const fixtures: readonly Fixture[] = [
  ...used(country),
  ...used(city),
  ...used(league),
  {
    operation: 'publicRegister',
    body: { email: 'jon@club.example', password: 'a long enough password', first_name: 'Jon', last_name: 'Dorian' },
  },
  { operation: 'findUser', query: { email: 'jon@club.example' } },
  { name: 'club', operation: 'addOperator', body: club('operator') },
  ...used(operator),
  {
    name: 'clubCoach',
    operation: 'addCoach',
    body: (answers, people) => ({ user_id: people.coach, club_id: clubId(answers) }),
  },
  ...used(coach),
  ...used(team),
  { operation: 'addPlayers', params: teamId, body: players },
  { operation: 'listPlayers', params: teamId },
  { operation: 'replacePlayers', params: teamId, body: players },
  { operation: 'removePlayers', params: teamId, body: players },
  { operation: 'addPlayers', params: teamId, body: players },
  {
    operation: 'removePlayer',
    params: (answers, people) => ({ ...teamId(answers), user_id: people.player }),
  },
  { operation: 'deleteTeam', params: teamId },
  { operation: 'deleteCoach', params: coach.id },
  { operation: 'deleteCoach', params: ({ clubCoach }) => ({ id: clubCoach.coach.coach_id }), as: 'operator' },
  { operation: 'deleteOperator', params: operator.id },
  { operation: 'deleteOperator', params: (answers) => ({ id: clubId(answers) }) },
  { operation: 'deleteCity', params: city.id },
  { operation: 'deleteLeague', params: league.id },
  { operation: 'deleteCountry', params: country.id },
];
