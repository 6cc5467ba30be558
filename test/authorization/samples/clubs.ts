/** Requests to clubs and their devices. */
import type { Account } from '@palestra/server/testing';
import type { World } from '../world.js';
import { type Make, none, type Subject } from './sample.js';

export const clubSamples: Readonly<Record<string, Make>> = {
  // clubs
  addOperator: async ({ host, maker }) => ({ json: await operatorOf(await host.account('operator'), maker) }),
  createOperator: async ({ host, maker }) => ({ json: await operatorOf(await host.account('operator'), maker) }),
  listOperators: none,
  getOperator: async ({ maker, stranger }) => ({ params: { id: await maker.club(stranger) } }),
  updateOperator: async ({ maker, stranger }) => ({
    params: { id: await maker.club(stranger) },
    json: { address: 'Graz' },
  }),
  deleteOperator: async ({ maker, stranger }) => ({ params: { id: await maker.club(stranger) } }),
  ...place('Country', 'Countries', ({ maker }) => maker.country(), none),
  ...place(
    'City',
    'Cities',
    ({ maker }) => maker.city(),
    ({ maker }) => ({ json: { country_id: maker.place.country_id } }),
  ),
  ...place('League', 'Leagues', ({ maker }) => maker.league(), none),
  findUser: () => ({ query: '?email=none@club.example', answers: 404 }),
  addCoach: async (subject) => ({ json: await coachOf(subject) }),
  createCoach: async ({ host, maker, stranger }) => ({
    json: { user_id: (await host.account('coach')).id, club_id: await maker.club(stranger) },
  }),
  listCoaches: none,
  getCoach: async ({ maker, stranger }) => ({ params: { id: await maker.coach(await maker.club(stranger)) } }),
  updateCoach: async ({ host, maker, owner }) => ({
    params: { id: await maker.coach(await maker.club(owner)) },
    json: { user_id: (await host.account('coach')).id },
  }),
  deleteCoach: async ({ maker, owner }) => ({ params: { id: await maker.coach(await maker.club(owner)) } }),
  listTeams: none,
  createTeam: async (subject) => ({ json: { ...(await teamPlace(subject)), team_name: subject.maker.name() } }),
  getTeam: onTeam(),
  updateTeam: onTeam({ team_name: 'Another name' }),
  deleteTeam: onTeam(),
  listPlayers: onTeam(),
  addPlayers: async (subject) => ({ ...(await onTeam()(subject)), json: { user_ids: [subject.accounts.player.id] } }),
  replacePlayers: async (subject) => ({ ...(await onTeam()(subject)), json: { user_ids: [] } }),
  removePlayers: async (subject) => {
    const { params, user_id } = await teamWithPlayer(subject);
    return { params, json: { user_ids: [user_id] } };
  },
  removePlayer: async (subject) => {
    const { params, user_id } = await teamWithPlayer(subject);
    return { params: { ...params, user_id } };
  },
  // STAMS
  registerStams: ({ maker }) => ({ json: { provisioning_uid: maker.name().replace(' ', '-') } }),
  connectStams: async ({ maker, stranger }) => ({
    json: { stams_uid: await maker.stams(), operator_uid: await maker.club(stranger) },
  }),
  allStams: async ({ maker, accounts }) => {
    await maker.club(accounts.operator);
    return {};
  },
  getStams: onStams(),
  renameStams: onStams({ display_name: 'At the goal' }),
  revokeStamsToken: onStams(),
  listStamsResults: onStams(),
  listResults: none,
  addGame: ({ maker }) => ({ json: { gameConfigDTO: { name: maker.name() } } }),
  listGames: none,
  createGame: ({ maker }) => ({ json: { name: maker.name(), config: {} } }),
  getGame: async ({ maker }) => ({ params: { id: await maker.game() } }),
  updateGame: async ({ maker }) => ({ params: { id: await maker.game() }, json: { name: maker.name() } }),
  deleteGame: async ({ maker }) => ({ params: { id: await maker.game() } }),
  getSelf: none,
  putSelfStatus: () => ({ json: { uptime: 1 } }),
  listSelfGames: none,
  postSelfResults: ({ maker }) => ({ json: { results: [{ result_uid: maker.name().replace(' ', '-') }] } }),
};

/** The five operations of a kind of reference data. */
function place(one: string, many: string, make: (subject: Subject) => Promise<number>, fields: Make) {
  const created: Make = async (subject) => {
    const { json } = await fields(subject);
    return { json: { name: subject.maker.name(), ...(json as object | undefined) } };
  };
  const existing: Make = async (subject) => ({ params: { id: await make(subject) } });
  return {
    [`list${many}`]: none,
    [`create${one}`]: created,
    [`get${one}`]: existing,
    [`update${one}`]: async (subject: Subject) => ({
      ...(await existing(subject)),
      json: { name: subject.maker.name() },
    }),
    [`delete${one}`]: existing,
  };
}

async function operatorOf({ id }: Account, { name, place: at }: World['maker']) {
  return { user_id: id, club_name: name(), address: 'Seestraße 12', ...at };
}

async function coachOf({ host, maker, owner }: Subject) {
  return { user_id: (await host.account('coach')).id, club_id: await maker.club(owner) };
}

/** A coach and a player have teams in another's club; the operator of a club has all of its teams. */
async function teamPlace({ maker, principal, whose, owner, stranger }: Subject) {
  const coaches = principal === 'coach' && whose === 'own';
  const operator_id = await maker.club(coaches || principal === 'player' ? stranger : owner);
  return { operator_id, coach_id: await maker.coach(operator_id, coaches ? owner : undefined) };
}

function onTeam(json?: object): Make {
  return async (subject) => {
    const { operator_id, coach_id } = await teamPlace(subject);
    const { maker, principal, whose, owner } = subject;
    const team_id = await maker.team(operator_id, coach_id);
    if (principal === 'player' && whose === 'own') await maker.player(team_id, owner);
    return { params: { team_id }, ...(json && { json }) };
  };
}

async function teamWithPlayer(subject: Subject) {
  const { params = {} } = await onTeam()(subject);
  const { player } = subject.accounts;
  await subject.maker.player(Number(params.team_id), player);
  return { params, user_id: player.id };
}

function onStams(json?: object): Make {
  return async ({ maker, owner }) => ({
    params: { uid: await maker.stams(await maker.club(owner)) },
    ...(json && { json }),
  });
}
