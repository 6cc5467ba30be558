/** Gyms by knex, as its guide has it: composed and run at each request. */
import { db } from './database.js';
import { boxAround, type Gym, type GymRow, gymOf, type Nearby, nearest, type PublicGym } from './wire.js';

export interface NewGym {
  readonly name: string;
  readonly address?: string;
  readonly detail?: string;
}

export interface Qualifier {
  readonly equals?: unknown;
  readonly contains?: string;
}

/** `find` limits, `after` is the id to continue behind; every other member qualifies a field. */
export interface GymQuery {
  readonly find?: number;
  readonly after?: string;
  readonly _id?: Qualifier;
  readonly name?: Qualifier;
}

export async function findGym(id: number): Promise<Gym | undefined> {
  const row = await db<GymRow>('gym').where('id', id).first();
  return row && gymOf(row);
}

export async function queryGyms({ find, after, ...criteria }: GymQuery): Promise<Gym[]> {
  const select = db<GymRow>('gym').orderBy('id');
  for (const [field, { equals, contains }] of Object.entries(criteria) as [string, Qualifier][]) {
    const column = field === '_id' ? 'id' : field;
    if (equals !== undefined) select.where(column, field === '_id' ? Number(equals) : (equals as string));
    if (contains !== undefined) {
      select.whereRaw("?? like ? escape '!'", [column, `%${contains.replace(/[!%_]/g, '!$&')}%`]);
    }
  }
  if (after !== undefined) select.where('id', '>', Number(after));
  if (find) select.limit(find);
  return (await select).map(gymOf);
}

export async function gymsNear(center: Nearby): Promise<PublicGym[]> {
  const { south, north, west, east } = boxAround(center, center.max);
  const rows = await db<GymRow>('gym').whereBetween('latitude', [south, north]).whereBetween('longitude', [west, east]);
  return nearest(rows, center);
}

/** The row of a new gym, without its id. */
export function newRow({ name, address, detail }: NewGym, owner: number) {
  const now = Date.now();
  return {
    name,
    address: address ?? null,
    detail: detail ?? null,
    email: null,
    longitude: null,
    latitude: null,
    small_logo: null,
    big_logo: null,
    services: '[]',
    equipments: '[]',
    announcements: '[]',
    owner_id: owner,
    created_at: now,
    updated_at: now,
  };
}

/** @throws the driver's error of a duplicate where the name is taken */
export async function createGym(gym: NewGym, owner: number): Promise<Gym> {
  const row = newRow(gym, owner);
  const [id = 0] = await db('gym').insert(row);
  return gymOf({ ...row, id });
}

/** Small rows: two fields each. */
export async function listCountries(): Promise<{ country_id: number; name: string }[]> {
  return db('country').select({ country_id: 'id' }, 'name').orderBy('id');
}
