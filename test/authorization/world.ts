/** A host with every built-in plugin, one principal of each kind, and a factory of objects that belong to an account. */
import { accountsService } from '@palestra/core';
import {
  type Account,
  type Answer,
  startTestHost,
  type TestHost,
  type TestHostOptions,
} from '@palestra/server/testing';
import { plugins } from '../../palestra.config.js';
import type { PrincipalName } from '../../scripts/authorization.js';

type AccountName = Exclude<PrincipalName, 'guest' | 'stams_io' | 'secure_provisioner'>;
const roles = ['dba', 'system_admin', 'admin', 'operator', 'coach', 'player'] as const satisfies readonly AccountName[];

export interface World {
  readonly host: TestHost;
  readonly accounts: Readonly<Record<AccountName, Account>>;
  /** Undefined for the guest. */
  token(principal: PrincipalName): string | undefined;
  /** An account that is in no row of the table, with objects of its own. */
  readonly stranger: Account;
  readonly maker: Maker;
}

/** Makes fresh things as an admin could, each call another one. */
export interface Maker {
  name(): string;
  gym(owner: Account): Promise<string>;
  /** Makes `account` staff of a gym, for every task. */
  staff(gym: string, account: Account): Promise<void>;
  merchandise(gym: string): Promise<string>;
  /** A pending purchase by `payer` at a gym. */
  purchase(payer: Account, gym: string): Promise<Purchase>;
  /** The same, paid. */
  paid(payer: Account, gym: string): Promise<Purchase>;
  readonly place: { readonly country_id: number; readonly city_id: number; readonly league_id: number };
  country(): Promise<number>;
  city(): Promise<number>;
  league(): Promise<number>;
  game(): Promise<number>;
  /** The id of a club that `owner`, an operator, operates. */
  club(owner: Account): Promise<number>;
  /** The id of `account` as a coach of a club, by default of a new account. */
  coach(club: number, account?: Account): Promise<number>;
  team(club: number, coach: number): Promise<number>;
  /** Adds a player to a team. */
  player(team: number, account: Account): Promise<void>;
  /** The uid of a STAMS, connected to `club` if there is one. */
  stams(club?: number): Promise<number>;
}

export interface Purchase {
  readonly record: string;
  readonly prepayId: string;
  readonly merchandise: string;
}

/** Of every host of such a world, also of further ones on its database. */
export const worldOptions: Pick<TestHostOptions, 'plugins' | 'config'> = {
  plugins,
  config: { transaction: { sandbox: true }, stams: { registrationsPerHour: 0 } },
};

export async function createWorld(options: Partial<TestHostOptions> = {}): Promise<World> {
  const host = await startTestHost({ ...worldOptions, ...options });
  const made = await Promise.all(roles.map(async (role) => [role, await host.account(role)] as const));
  const accounts = Object.fromEntries(made) as World['accounts'];
  const stranger = await host.account('operator');
  const machines = host.palestra.service(accountsService).machines;
  const provisioner = (await machines.issue('secure_provisioner', 'line')).token;
  const maker = await createMaker(host, accounts.dba, provisioner);
  const device = await register(host, provisioner, { provisioning_uid: 'device-of-the-table' });
  const tokens: Readonly<Record<PrincipalName, string | undefined>> = {
    guest: undefined,
    stams_io: device.body.stams_token,
    secure_provisioner: provisioner,
    ...(Object.fromEntries(made.map(([role, { token }]) => [role, token])) as Record<AccountName, string>),
  };
  return { host, accounts, token: (principal) => tokens[principal], stranger, maker };
}

function register(host: TestHost, token: string, json: object): Promise<Answer> {
  return host.request('POST', '/api/v1/register_stams', { token, json });
}

async function createMaker(host: TestHost, { token }: Account, provisioner: string): Promise<Maker> {
  let count = 0;
  const name = () => {
    count += 1;
    return `thing ${count}`;
  };
  const create = async (path: string, data: object, as = token): Promise<string> =>
    sound(await host.operate(path, as, 'create', data)).data._id;
  const post = async (path: string, json: object): Promise<Record<string, Record<string, number>>> =>
    sound(await host.request('POST', path, { token, json }));
  const idOf = async (kind: string, path: string, json: object): Promise<number> =>
    Number((await post(`/api/v1/${path}`, json))[kind]?.[`${kind}_id`]);

  const gym = (owner: Account) => create('/api/gym', { name: name(), owner: String(owner.id) });
  const merchandise = (at: string) =>
    create('/api/merchandise', { name: name(), type: 1, gym: at, price: { amount: 500, currency: 'CNY' }, count: 5 });
  const country = () => idOf('country', 'countries', { name: name() });
  const country_id = await country();
  const city = () => idOf('city', 'cities', { name: name(), country_id });
  const league = () => idOf('league', 'leagues', { name: name(), country_id });
  const place = { country_id, city_id: await city(), league_id: await league() };

  async function purchase(payer: Account, at: string): Promise<Purchase> {
    const sold = await merchandise(at);
    const json = { merchandiseId: sold, paymentMethod: 'sandbox' };
    const { data } = sound(await host.request('POST', '/api/perform_transaction', { token: payer.token, json }));
    return { record: data.transactionRecordId, prepayId: data.prepayId, merchandise: sold };
  }

  return {
    name,
    gym,
    async staff(at, { id }) {
      await post(`/api/gym/${at}/staff`, { user: String(id), may: ['admit', 'sell', 'manage'] });
    },
    merchandise,
    purchase,
    async paid(payer, at) {
      const made = await purchase(payer, at);
      const json = { transactionRecordId: made.record, transactionId: made.prepayId };
      sound(await host.request('POST', '/api/verify_transaction', { token: payer.token, json }));
      return made;
    },
    place,
    country,
    city,
    league,
    game: () => idOf('game', 'add_game', { gameConfigDTO: { name: name() } }),
    club: (owner) =>
      idOf('operator', 'add_operator', { user_id: owner.id, club_name: name(), address: 'Seestraße 12', ...place }),
    coach: async (club_id, account) =>
      idOf('coach', 'add_coach', { user_id: (account ?? (await host.account('coach'))).id, club_id }),
    team: (operator_id, coach_id) => idOf('team', 'teams', { operator_id, coach_id, team_name: name() }),
    async player(team, { id }) {
      await post(`/api/v1/teams/${team}/players`, { user_ids: [id] });
    },
    async stams(club) {
      const json = {
        provisioning_uid: name().replace(' ', '-'),
        ...(club !== undefined && { operator: String(club) }),
      };
      const device = sound(await register(host, provisioner, json));
      return sound(await host.request('GET', '/api/v1/stams/self', { token: device.stams_token })).uid;
    },
  };
}

/** The body of an answer that must be a success. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
function sound({ status, text, body }: Answer): any {
  if (status >= 300) throw new Error(`What the table needs could not be made: ${status} ${text}`);
  return body;
}
