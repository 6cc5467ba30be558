/** Folders with the data of an older system, made up by a number. */
import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Collections = Readonly<Record<string, readonly object[]>>;

export const password = 'password of 2015';
const password_hash = createHash('sha256').update(password).digest('hex');

/** As MongoDB names documents. */
export const objectId = (kind: number, at: number) =>
  `5f${kind.toString(16).padStart(2, '0')}aa${at.toString(16).padStart(18, '0')}`;

const day = (at: number) => new Date(Date.UTC(2019, 0, 1 + at, 12)).toISOString();

/** `records` records of `people` people, and a club of theirs with numbers for ids. */
export function oldSystem({ people = 12, records = 60 } = {}): Collections {
  const range = (length: number) => Array.from({ length }, (_, at) => at);
  return {
    accounts: range(people).map((at) => ({
      legacyId: objectId(1, at),
      createdDate: day(at),
      username: `member${at}`,
      email: `member${at}@old.example`,
      password_hash,
      first_name: 'Jon',
      last_name: `Number ${at}`,
      role: at === 0 ? 'operator' : 'player',
    })),
    gyms: range(3).map((at) => ({
      legacyId: objectId(2, at),
      createdDate: day(at),
      name: `Gym ${at}`,
      owner: objectId(1, 0),
      geoLocation: [13 + at, 47],
    })),
    merchandise: range(6).map((at) => ({
      legacyId: objectId(3, at),
      createdDate: day(at),
      name: `Card ${at}`,
      type: 2,
      gym: objectId(2, at % 3),
      price: { amount: 4900 + at, currency: 'EUR' },
      count: 10,
      imageURLs: '',
    })),
    records: range(records).map((at) => ({
      legacyId: objectId(4, at),
      createdDate: day(at % 300),
      payer: objectId(1, at % people),
      merchandise: objectId(3, at % 6),
      price: { amount: 4900, currency: 'EUR' },
      paymentMethod: 'wechat',
      transactionState: at % 5 === 4 ? 'expired' : 'success',
      transactionId: `wx-${at}`,
      count: 10 - (at % 4),
      visits: range(at % 4).map((visit) => ({ date: day(at + visit) })),
    })),
    countries: [{ legacyId: 40, name: 'Austria' }],
    cities: [{ legacyId: 41, name: 'Salzburg', country_id: 40 }],
    leagues: [{ legacyId: 42, name: '1. Landesliga', country_id: 40 }],
    operators: [
      {
        legacyId: 7,
        user_id: objectId(1, 1),
        club_name: 'Union Henndorf',
        address: 'Seestraße 12',
        country_id: 40,
        city_id: 41,
        league_id: 42,
      },
    ],
    coaches: [{ legacyId: 8, user_id: objectId(1, 2), club_id: 7 }],
    teams: [{ legacyId: 9, coach_id: 8, operator_id: 7, team_name: 'U12' }],
    players: range(5).map((at) => ({ team_id: 9, user_id: objectId(1, at + 3) })),
    stams: [{ legacyId: 70, provisioning_uid: 'a2381a23c3fe89b3', display_name: 'At the goal', operator_id: 7 }],
    games: [{ legacyId: 3, name: 'Passing', config: { rounds: 3 } }],
  };
}

export async function folderOf(collections: Readonly<Record<string, readonly (object | string)[]>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'palestra-old-'));
  for (const [name, lines] of Object.entries(collections)) {
    const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
    await writeFile(join(folder, `${name}.jsonl`), `${text}\n`);
  }
  return folder;
}
