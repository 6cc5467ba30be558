/** Rows by their distance from a point, nearest first, without ever holding all of them. */
import { setImmediate } from 'node:timers/promises';
import type { Database } from '../database/types.js';

export interface Place {
  readonly id: number;
  /** Metres. */
  readonly distance: number;
}

export interface NearbyFacts {
  readonly table: string;
  /** Degrees, WGS 84; both null where there is no location. */
  readonly longitude: string;
  /** Has an index. */
  readonly latitude: string;
}

export interface NearbyOptions {
  /** Degrees, WGS 84. */
  readonly longitude: number;
  readonly latitude: number;
  /** Metres, both included. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

interface Located {
  id: number;
  longitude: number;
  latitude: number;
}

/** IUGG mean radius in metres. */
const earthRadius = 6_371_008.8;
const metresPerDegree = (earthRadius * Math.PI) / 180;
/** Half the circumference: nothing is farther. */
const farthest = 20_100_000;
/** The first ring's outer radius; each next one is four times as wide. */
const firstRing = 2_000;
const chunkSize = 5_000;

/** Rings around the point, each read by its band of latitudes and sorted by distance, then id. */
export function createNearby(
  database: Database,
  facts: NearbyFacts,
): (options: NearbyOptions) => AsyncGenerator<Place[], void> {
  const band = database.statement<Located>((knex, parameter) =>
    knex(facts.table)
      .select('id', { longitude: facts.longitude, latitude: facts.latitude })
      .where(facts.latitude, '>=', parameter('south'))
      .where(facts.latitude, '<=', parameter('north'))
      .where('id', '>', parameter('after'))
      .orderByRaw('?? limit ?', ['id', parameter('limit')]),
  );

  async function* inBand(latitude: number, radius: number): AsyncGenerator<Located[], void> {
    const reach = radius / metresPerDegree + 1e-9;
    const bounds = { south: latitude - reach, north: latitude + reach };
    let after = 0;
    for (;;) {
      const rows = await band.all({ ...bounds, after, limit: chunkSize });
      yield rows;
      if (rows.length < chunkSize) return;
      after = rows.at(-1)?.id ?? after;
      await setImmediate();
    }
  }

  return async function* nearby({ longitude, latitude, min = 0, max = farthest }) {
    let inner = min;
    for (let outer = Math.max(firstRing, min * 2); inner <= max; outer *= 4) {
      const limit = Math.min(outer, max);
      const ring: Place[] = [];
      for await (const rows of inBand(latitude, limit)) {
        for (const row of rows) {
          const distance = metresBetween({ longitude, latitude }, row);
          const beyondInner = inner === min ? distance >= inner : distance > inner;
          if (beyondInner && distance <= limit) ring.push({ id: row.id, distance });
        }
      }
      if (ring.length > 0) yield ring.sort((a, b) => a.distance - b.distance || a.id - b.id);
      if (limit >= max) return;
      inner = limit;
    }
  };
}

type Point = Pick<NearbyOptions, 'longitude' | 'latitude'>;

/** Great-circle distance by the haversine formula, good to half a per cent. */
export function metresBetween(a: Point, b: Point): number {
  const radians = Math.PI / 180;
  const latitudes = Math.sin(((b.latitude - a.latitude) * radians) / 2) ** 2;
  const longitudes = Math.sin(((b.longitude - a.longitude) * radians) / 2) ** 2;
  const chord = latitudes + Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * longitudes;
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(chord)));
}
