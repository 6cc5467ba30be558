/** The rows that every contender has: the same gyms in Palestra's tables and in the peers'. */
import { fold } from '@palestra/core';
import { cellNumber } from '../../packages/server/src/resource/cells.js';
import type { SqlDatabase } from './databases.js';

/** In every contender's tables. */
export const gymCount = 10_000;
export const countryCount = 20;

/** What is sold, by which gym, and the accounts that sign in. */
export const offerCount = 100;
export const sellingGym = 5000;
export const members: readonly string[] = Array.from({ length: 8 }, (_, index) => `member-${index}`);

type Row = Readonly<Record<string, string | number | null>>;

const made = Date.UTC(2026, 0, 1);
const cities = ['Salzburg', 'Linz', 'Graz', 'Wien', 'Innsbruck', 'Klagenfurt', 'Bregenz', 'Sankt Pölten'];

/** Between 0 and 1, evenly spread, the same for the same numbers. */
const spread = (index: number, step: number): number => (index * step) % 1;
const degrees = (value: number): number => Math.round(value * 1e6) / 1e6;

/** Some 500 bytes as answered, spread over 580 by 290 km. The first account owns all. */
function gym(index: number): Row {
  return {
    name: `Gym ${index}`,
    address: `Seestraße ${index % 300}, ${cities[index % cities.length]}`,
    detail: 'Free weights, a sauna and a climbing wall; open from six to midnight.',
    email: `gym-${index}@example.org`,
    longitude: degrees(9.5 + 7.6 * spread(index, 0.618_033_988_75)),
    latitude: degrees(46.4 + 2.6 * spread(index, 0.754_877_666_25)),
    small_logo: null,
    big_logo: null,
    services: '["Sauna","Personal training"]',
    equipments: '["Rowing machine","Power rack"]',
    announcements: '[]',
    owner_id: 1,
    created_at: made + index,
    updated_at: made + index,
  };
}

/** In Palestra's table, texts are there a second time, folded for `contains`, and a point has the number of its cell. */
function palestraGym(index: number): Row {
  const row = gym(index);
  const folded = ['name', 'address', 'detail', 'email'].map((name) => [`${name}_folded`, fold(String(row[name]))]);
  const lists = ['services', 'equipments'].map((name) => {
    const texts = JSON.parse(String(row[name])) as string[];
    return [`${name}_folded`, texts.map(fold).join('\u001f')];
  });
  const geo_location_cell = cellNumber({ longitude: Number(row.longitude), latitude: Number(row.latitude) });
  return { ...row, geo_location_cell, ...Object.fromEntries([...folded, ...lists]) };
}

function* rows(count: number, row: (index: number) => Row): Generator<Row> {
  for (let index = 1; index <= count; index++) yield row(index);
}

export const fillGyms = (database: SqlDatabase, count: number): Promise<void> =>
  database.insert('gym', rows(count, palestraGym));

/** Gyms as large as the contract allows: some 76 KB each. */
export const fillWideGyms = (database: SqlDatabase, count: number): Promise<void> =>
  database.insert(
    'gym',
    rows(count, (index) => {
      const detail = 'x'.repeat(10_000);
      const logo = 'A'.repeat(32_768);
      return { ...palestraGym(index), detail, detail_folded: detail, small_logo: logo, big_logo: logo };
    }),
  );

export const fillPeerGyms = (database: SqlDatabase, count: number): Promise<void> =>
  database.insert('gym', rows(count, gym));

/** Small rows: two fields. */
export const fillCountries = (database: SqlDatabase, count: number): Promise<void> =>
  database.insert(
    'country',
    rows(count, (index) => ({ name: `Country ${index}` })),
  );

/** Every twentieth item is the first gym's, each other one another's. */
function merchandise(index: number): Row {
  const name = `Ten classes ${index}`;
  return {
    name,
    name_folded: fold(name),
    type: 1,
    gym_id: index % 20 === 0 ? 1 : index,
    price_amount: 9900,
    price_currency: 'EUR',
    count: 10,
    available: 1,
    schedule: '[]',
    image_urls: '[]',
    created_at: made + index,
    updated_at: made + index,
  };
}

export const fillMerchandise = (database: SqlDatabase, count: number): Promise<void> =>
  database.insert('merchandise', rows(count, merchandise));

/** Counts the rows of a streamed answer without keeping it. */
export async function countStreamed(response: Response, onChunk: () => void): Promise<number> {
  const key = '"_id"';
  const decoder = new TextDecoder();
  let found = 0;
  let tail = '';
  for await (const chunk of response.body ?? []) {
    const text = tail + decoder.decode(chunk as Uint8Array, { stream: true });
    found += text.split(key).length - 1;
    tail = text.slice(1 - key.length);
    onChunk();
  }
  return found;
}
