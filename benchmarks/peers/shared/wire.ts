/** The rows of the database, and how they are answered: the same bytes as Palestra's. */

export interface GymRow {
  readonly id: number;
  readonly name: string;
  readonly address: string | null;
  readonly detail: string | null;
  readonly email: string | null;
  readonly longitude: number | null;
  readonly latitude: number | null;
  readonly small_logo: string | null;
  readonly big_logo: string | null;
  /** JSON, as the three that follow. */
  readonly services: string;
  readonly equipments: string;
  readonly announcements: string;
  readonly owner_id: number | null;
  /** Milliseconds since 1970. */
  readonly created_at: number;
  readonly updated_at: number;
}

export interface Announcement {
  readonly scope: number;
}

export const idOf = (id: number): string => String(id).padStart(12, '0');
export const dateOf = (milliseconds: number): string => new Date(Number(milliseconds)).toISOString();

const placeOf = ({ longitude, latitude }: GymRow) =>
  longitude === null || latitude === null ? null : [longitude, latitude];

export const gymOf = (row: GymRow) => ({
  _id: idOf(row.id),
  name: row.name,
  address: row.address,
  detail: row.detail,
  email: row.email,
  geoLocation: placeOf(row),
  smallLogo: row.small_logo,
  bigLogo: row.big_logo,
  services: JSON.parse(row.services) as string[],
  equipments: JSON.parse(row.equipments) as string[],
  announcements: JSON.parse(row.announcements) as Announcement[],
  owner: row.owner_id === null ? null : idOf(row.owner_id),
  club: null,
  createdDate: dateOf(row.created_at),
  updatedDate: dateOf(row.updated_at),
});

/** What a guest sees: neither email nor owner nor the members' announcements. */
export const publicGymOf = (row: GymRow, distance: number) => ({
  _id: idOf(row.id),
  name: row.name,
  address: row.address,
  detail: row.detail,
  geoLocation: placeOf(row),
  smallLogo: row.small_logo,
  bigLogo: row.big_logo,
  services: JSON.parse(row.services) as string[],
  equipments: JSON.parse(row.equipments) as string[],
  announcements: (JSON.parse(row.announcements) as Announcement[]).filter(({ scope }) => scope === 2),
  distance,
});

export type Gym = ReturnType<typeof gymOf>;
export type PublicGym = ReturnType<typeof publicGymOf>;

export const envelope = <Data>(data: Data) => ({ success: true, data, exceptionMessage: '' });

/** Great-circle distance in metres by the haversine formula. */
export function metresBetween(a: Point, b: Point): number {
  const radians = Math.PI / 180;
  const latitudes = Math.sin(((b.latitude - a.latitude) * radians) / 2) ** 2;
  const longitudes = Math.sin(((b.longitude - a.longitude) * radians) / 2) ** 2;
  const chord = latitudes + Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * longitudes;
  return 2 * 6_371_008.8 * Math.asin(Math.min(1, Math.sqrt(chord)));
}

export interface Point {
  readonly longitude: number;
  readonly latitude: number;
}

/** Degrees around a point that hold all within `metres`. */
export function boxAround({ longitude, latitude }: Point, metres: number) {
  const reach = metres / 111_195;
  const wide = reach / Math.max(0.01, Math.cos((latitude * Math.PI) / 180));
  return { south: latitude - reach, north: latitude + reach, west: longitude - wide, east: longitude + wide };
}

/** `near=lon,lat&max=metres&find=n` */
export interface Nearby extends Point {
  readonly max: number;
  readonly find: number;
}

export function nearbyOf(query: { readonly near?: unknown; readonly max?: unknown; readonly find?: unknown }): Nearby {
  const [longitude = 0, latitude = 0] = String(query.near).split(',').map(Number);
  return { longitude, latitude, max: Number(query.max), find: Number(query.find) };
}

/** The nearest of the rows in the box, nearest first. */
export function nearest(rows: readonly GymRow[], center: Nearby): PublicGym[] {
  return rows
    .map((row) => ({ row, distance: metresBetween(center, row as Point) }))
    .filter(({ distance }) => distance <= center.max)
    .sort((a, b) => a.distance - b.distance || a.row.id - b.row.id)
    .slice(0, center.find)
    .map(({ row, distance }) => publicGymOf(row, distance));
}
