/** A host with the club API, and the people and places its tests need. */
import { team } from '@palestra/plugin-team';
import { type Account, startTestHost, type TestHost, type TestHostOptions } from '@palestra/server/testing';

export interface Place {
  readonly country_id: number;
  readonly city_id: number;
  readonly league_id: number;
}

export interface Club {
  readonly id: number;
  readonly operator: Account;
}

export interface ClubHost extends TestHost {
  readonly admin: Account;
  readonly place: Place;
  /** A club by `add_operator`, its operator signed in again. */
  club(): Promise<Club>;
  /** A coach by `add_coach`, signed in again. */
  coach(club: Club): Promise<Account & { readonly coachId: number }>;
}

/** Names as the examples of the Starball API have them. */
export const documented = {
  country: 'Austria',
  city: 'Salzburg',
  league: '1. Landesliga',
  club: 'Union Henndorf',
  address: 'Seestraße 12',
} as const;

/** By default on a fresh SQLite file. */
export async function startClubHost(
  database?: string,
  { plugins = [], ...options }: Partial<TestHostOptions> = {},
): Promise<ClubHost> {
  const host = await startTestHost({ ...options, plugins: [team, ...plugins], ...(database && { database }) });
  const admin = await host.account('admin');
  const post = async (path: string, json: object, token = admin.token) => {
    const answer = await host.request('POST', `/api/v1/${path}`, { token, json });
    if (answer.status !== 200) throw new Error(`POST ${path} answered ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const { country_id } = (await post('countries', { name: documented.country })).country;
  const { city_id } = (await post('cities', { name: documented.city, country_id })).city;
  const { league_id } = (await post('leagues', { name: documented.league, country_id })).league;
  const place = { country_id, city_id, league_id };
  return {
    ...host,
    admin,
    place,
    async club() {
      const operator = await host.account();
      const fields = { user_id: operator.id, club_name: documented.club, address: documented.address, ...place };
      const { operator_id: id } = (await post('add_operator', fields)).operator;
      return { id, operator: await signInAgain(host, operator) };
    },
    async coach({ id: club_id, operator }) {
      const account = await host.account();
      const { coach_id: coachId } = (await post('add_coach', { user_id: account.id, club_id }, operator.token)).coach;
      return { ...(await signInAgain(host, account)), coachId };
    },
  };
}

/** A new role ends the tokens that say otherwise. */
export async function signInAgain(host: TestHost, account: Account): Promise<Account> {
  const { username, password } = account;
  const userPass = Buffer.from(`${username}:${password}`).toString('base64');
  const answer = await host.request('GET', `/api/v1/login/${username}`, {
    headers: { authorization: `Basic ${userPass}` },
  });
  if (answer.status !== 200) throw new Error(`Signing in answered ${answer.status} ${answer.text}`);
  return { ...account, token: answer.body.user_token };
}
