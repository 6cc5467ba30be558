/** What the conformance kit tries: one request that succeeds for every operation. */
import type { Answers, Fixture } from '@palestra/server/conformance';

const device = ({ registered }: Answers): string => registered.stams_token;
const uid = ({ self }: Answers) => ({ uid: self.uid });
const gameId = ({ game }: Answers) => ({ id: game.game.game_id });
const clubId = ({ club }: Answers): number => club.operator.operator_id;

/** A club whose device it is. */
const club: readonly Fixture[] = [
  { name: 'country', operation: 'createCountry', body: { name: 'Austria' } },
  {
    name: 'city',
    operation: 'createCity',
    body: ({ country }) => ({ name: 'Salzburg', country_id: country.country.country_id }),
  },
  {
    name: 'league',
    operation: 'createLeague',
    body: ({ country }) => ({ name: '1. Landesliga', country_id: country.country.country_id }),
  },
  {
    name: 'club',
    operation: 'addOperator',
    body: ({ country, city, league }, people) => ({
      user_id: people.operator,
      club_name: 'Club of the operator',
      address: 'Seestraße 12',
      country_id: country.country.country_id,
      city_id: city.city.city_id,
      league_id: league.league.league_id,
    }),
  },
];

export const fixtures: readonly Fixture[] = [
  ...club,
  { name: 'registered', operation: 'registerStams', body: { provisioning_uid: 'of-the-kit' } },
  { name: 'self', operation: 'getSelf', token: device },
  {
    operation: 'connectStams',
    body: (answers) => ({ stams_uid: answers.self.uid, operator_uid: clubId(answers) }),
  },
  { operation: 'allStams' },
  { operation: 'getStams', params: uid },
  { operation: 'renameStams', params: uid, body: { display_name: 'At the door' } },
  { name: 'game', operation: 'addGame', body: { gameConfigDTO: { name: 'Star Sprint' } } },
  { operation: 'createGame', body: { name: 'Ball', config: { balls: 1 } } },
  { operation: 'listGames' },
  { operation: 'getGame', params: gameId },
  { operation: 'updateGame', params: gameId, body: { name: 'Star Run' } },
  { operation: 'listSelfGames', token: device },
  { operation: 'putSelfStatus', body: { firmware_version: '1.4.2', uptime: 60 }, token: device },
  { operation: 'postSelfResults', body: { results: [{ result_uid: 'r1' }] }, token: device },
  { operation: 'listResults' },
  { operation: 'listStamsResults', params: uid },
  { operation: 'deleteGame', params: gameId },
  {
    name: 'lost',
    operation: 'registerStams',
    body: (answers) => ({ provisioning_uid: 'lost', operator: String(clubId(answers)) }),
  },
  { name: 'lostSelf', operation: 'getSelf', token: ({ lost }) => lost.stams_token },
  { operation: 'revokeStamsToken', params: ({ lostSelf }) => ({ uid: lostSelf.uid }) },
  { operation: 'getSelf', token: device },
];
