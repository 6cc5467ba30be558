/** One sound request an operation: what is refused then is refused for who calls. */
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';
import type { Account, RequestOptions } from '@palestra/server/testing';
import type { PrincipalName, Whose } from '../../scripts/authorization.js';
import type { World } from './world.js';

/** What a sample is made for: a fresh one each time, since an operation may use up what it is called on. */
export interface Subject extends World {
  readonly principal: PrincipalName;
  /** The owner of the object: the caller, or another account. */
  readonly owner: Account;
  readonly whose: Whose;
}

export interface Sample {
  /** By the names in the path. */
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: string;
  readonly json?: unknown;
  readonly headers?: RequestOptions['headers'];
  /** For an operation that cannot succeed here: what it answers whom it lets in. */
  readonly answers?: number;
}

type Make = (subject: Subject) => Sample | Promise<Sample>;

const none: Make = () => ({});
const nothing = '999999999999';

export const samples: Readonly<Record<string, Make>> = {
  // keys, session, profile
  getServerKey: none,
  getJwks: none,
  register: async ({ host, maker }) => ({
    json: { sealed: await host.seal({ username: maker.name(), password: 'a password' }) },
  }),
  authenticate: async ({ host, stranger: { username, password } }) => ({
    headers: { authorization: formatAuthorization(schemes.user, await host.seal({ username, password })) },
  }),
  authenticateByWechat: async ({ host }) => ({ json: { sealed: await host.seal({ code: 'none' }) }, answers: 503 }),
  refresh: async (subject) => ({ json: { refresh_token: await refreshTokenOf(subject) } }),
  logout: async (subject) => ({ json: { refresh_token: await refreshTokenOf(subject) } }),
  publicRegister: ({ maker }) => ({
    json: {
      email: `${maker.name().replace(' ', '-')}@example.com`,
      password: 'a password',
      first_name: 'Jon',
      last_name: 'Dorian',
    },
  }),
  login: ({ stranger: { username, password } }) => ({
    params: { username },
    headers: { authorization: formatAuthorization(schemes.basic, formatUserPass(username, password)) },
  }),
  'operateProfile query': () => ({ json: { find: 1 } }),
  'operateProfile update': ({ owner }) => ({ json: { _id: idOf(owner), firstName: 'Jon' } }),
  listProfiles: none,
  getProfile: ({ owner }) => ({ params: { id: idOf(owner) } }),

  // recovery
  recover: ({ maker }) => ({ json: { email: `${maker.name().replace(' ', '-')}@example.com` } }),
  completeRecovery: async ({ host }) => ({
    json: { sealed: await host.seal({ code: 'none', password: 'a password' }) },
    answers: 400,
  }),
  issueRecoveryCode: async ({ host }) => ({ params: { id: idOf(await host.account()) } }),
  sendEmailCode: () => ({ answers: 409 }),
  verifyEmail: () => ({ json: { code: 'none' }, answers: 400 }),

  // sign-ins
  listSessions: none,
  endOtherSessions: () => ({ query: '?others=maybe', answers: 400 }),
  endSession: () => ({ params: { id: 'none' }, answers: 404 }),
  listUserSessions: async ({ host }) => ({ params: { id: idOf(await host.account()) } }),
  endUserSession: async ({ host }) => ({ params: { id: idOf(await host.account()), sid: 'none' }, answers: 404 }),

  // personal data
  disableUser: async ({ host }) => ({ params: { id: idOf(await host.account()) } }),
  enableUser: async ({ host, accounts }) => {
    const id = idOf(await host.account());
    await host.request('POST', `/api/admin/user/${id}/disable`, { token: accounts.dba.token });
    return { params: { id } };
  },
  deleteUser: async ({ host }) => ({ params: { id: idOf(await host.account()) } }),
  exportUser: async ({ host }) => ({ params: { id: idOf(await host.account()) } }),
  exportProfile: none,
  deleteProfile: async ({ host }) => ({ json: { sealed: await host.seal({ passwort: 'none' }) }, answers: 400 }),

  // management
  listAdminUsers: none,
  getAdminUser: ({ stranger }) => ({ params: { id: idOf(stranger) } }),
  grantPrivilege: async ({ host }) => ({ json: { username: (await host.account()).username, role: 'coach' } }),
  revokePrivilege: async ({ host }) => ({ json: { username: (await host.account('coach')).username } }),
  listCollections: none,
  emptyCollection: () => ({ params: { name: 'nothing' }, query: '?confirm=nothing', answers: 404 }),
  listAudit: none,
  createBackup: none,
  listBackups: none,
  restoreBackup: () => ({ json: { file: 'palestra-20200101T000000000Z-00000000.backup' }, answers: 404 }),

  // gym and merchandise
  'operateGym create': ({ maker }) => ({ json: { name: maker.name() } }),
  'operateGym query': () => ({ json: { find: 1 } }),
  'operateGym update': async (subject) => ({ json: { _id: await gymOf(subject), address: 'Graz' } }),
  listGymStaff: async (subject) => ({ params: { id: await gymOf(subject) } }),
  addGymStaff: async (subject) => ({
    params: { id: await gymOf(subject) },
    json: { user: idOf(await subject.host.account()), may: ['admit'] },
  }),
  removeGymStaff: async (subject) => {
    const [id, member] = [await gymOf(subject), await subject.host.account()];
    await subject.maker.staff(id, member);
    return { params: { id, user: idOf(member) } };
  },
  listGyms: none,
  getGym: async ({ maker, stranger }) => ({ params: { id: await maker.gym(stranger) } }),
  deleteGym: async ({ maker, stranger }) => ({ params: { id: await maker.gym(stranger) } }),
  discoverGyms: none,
  'operateMerchandise create': async (subject) => ({
    json: { name: subject.maker.name(), type: 1, gym: await gymOf(subject) },
  }),
  'operateMerchandise query': () => ({ json: { find: 1 } }),
  'operateMerchandise update': async (subject) => ({
    json: { _id: await subject.maker.merchandise(await gymOf(subject)), tag: 'new' },
  }),
  listMerchandise: none,
  getMerchandise: async ({ maker, stranger }) => ({
    params: { id: await maker.merchandise(await maker.gym(stranger)) },
  }),
  listWorkplaces: none,
  deleteMerchandise: async ({ maker, stranger }) => ({
    params: { id: await maker.merchandise(await maker.gym(stranger)) },
  }),
  discoverMerchandise: none,

  // transactions
  performTransaction: async ({ maker, stranger }) => ({
    json: { merchandiseId: await maker.merchandise(await maker.gym(stranger)), paymentMethod: 'sandbox' },
  }),
  cancelTransaction: async ({ maker, owner, stranger }) => ({
    json: { transactionRecordId: (await maker.purchase(owner, await maker.gym(stranger))).record },
  }),
  verifyTransaction: async ({ maker, owner, stranger }) => {
    const { record, prepayId } = await maker.purchase(owner, await maker.gym(stranger));
    return { json: { transactionRecordId: record, transactionId: prepayId } };
  },
  verifyTransactionRecord: async (subject) => {
    const { record, merchandise } = await subject.maker.paid(subject.stranger, await gymOf(subject));
    return { json: { transactionRecordId: record, merchandiseId: merchandise } };
  },
  refundTransaction: async (subject) => ({
    json: { transactionRecordId: (await subject.maker.paid(subject.stranger, await gymOf(subject))).record },
  }),
  'operateTransactionRecord query': () => ({ json: { find: 1 } }),
  listTransactionRecords: none,
  getTransactionRecord: async ({ maker, owner, stranger }) => ({
    params: { id: (await maker.purchase(owner, await maker.gym(stranger))).record },
  }),
  listVisits: async ({ maker, owner, stranger }) => ({
    params: { id: (await maker.purchase(owner, await maker.gym(stranger))).record },
  }),
  listRefunds: none,
  payRefund: () => ({ params: { id: nothing }, answers: 404 }),
  notifyWechatPayment: () => ({
    json: { id: 'none', event_type: 'none', resource: { algorithm: 'none', ciphertext: 'none', nonce: 'none' } },
    answers: 404,
  }),

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

function idOf({ id }: Account): string {
  return String(id).padStart(12, '0');
}

/** Of a fresh account. */
async function refreshTokenOf({ host, maker }: Subject): Promise<string> {
  const sealed = await host.seal({ username: maker.name(), password: 'a password' });
  const { body } = await host.request('POST', '/api/register', { json: { sealed } });
  return body.data.refresh_token;
}

/** A gym of the owner, or, of a player, one where the player is staff; another gym's staff, if it is not the player's. */
async function gymOf({ maker, principal, whose, owner, stranger, accounts }: Subject): Promise<string> {
  if (principal !== 'player') return maker.gym(owner);
  const [own, other] = [await maker.gym(stranger), await maker.gym(stranger)];
  await maker.staff(own, accounts.player);
  return whose === 'own' ? own : other;
}

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
