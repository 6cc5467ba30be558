/** Discovery for guests: by keyword, by place, and in order of distance; what a resource shows of itself is its view. */
import {
  formatId,
  invalidRequest,
  type ListChunk,
  parseId,
  queryPointer,
  requiredForRequest,
  type Streamed,
} from '@palestra/core';
import type { Chunk, View, ViewQuery } from '../plugin/resource.js';
import { metresBetween, type NearbyOptions, type Place } from './nearby.js';
import { limitOf, listOf } from './stream.js';

/** The query parameters of a discovery, as the contract has validated them. */
export interface DiscoveryQuery {
  readonly keyword?: string;
  /** `longitude,latitude` */
  readonly near?: string;
  readonly max?: number;
  readonly min?: number;
  /** `_id` of the place. */
  readonly place?: string | undefined;
  readonly find?: number;
  readonly after?: string;
}

/** Where things are: the gyms' service has this shape. */
export interface Places {
  find(id: number): Promise<{ readonly longitude: number | null; readonly latitude: number | null } | undefined>;
  nearby(options: NearbyOptions): AsyncIterable<readonly Place[]>;
}

export interface Discovery<Shown extends object> {
  readonly view: View<Shown>;
  readonly places: Places;
  /** Wire name of the field that holds an item's place; `_id` where the items are the places. */
  readonly placeField: string;
  /** The place of an item; undefined if there is no such item. */
  placeOf(item: number): Promise<number | undefined>;
  /** Which items are found at all; every one if absent. */
  only?(): Pick<ViewQuery, 'equals' | 'begun' | 'lasting'>;
  /** What is shown of an item of the view; all of it if absent. */
  show?(item: Shown): Shown;
}

type Distant<Shown> = Shown & { distance?: number };

export function discover<Shown extends object>(
  discovery: Discovery<Shown>,
  query: DiscoveryQuery,
): Promise<ListChunk<Distant<Shown>> | Streamed<Distant<Shown>>> {
  return listOf(shown(discovery, query.near === undefined ? byId(discovery, query) : byDistance(discovery, query)));
}

async function* shown<Shown extends object>(
  { show = (item) => item }: Discovery<Shown>,
  chunks: AsyncIterable<Chunk<Shown>>,
): AsyncGenerator<Chunk<Shown>, void> {
  for await (const chunk of chunks) yield { ...chunk, items: chunk.items.map(show) };
}

function byId<Shown extends object>(
  { view, placeField, only }: Discovery<Shown>,
  query: DiscoveryQuery,
): AsyncIterable<Chunk<Shown>> {
  const stray = query.max === undefined ? (query.min === undefined ? undefined : 'min') : 'max';
  if (stray !== undefined) throw requiredForRequest(`near (for ${stray})`, queryPointer('near'));
  const { equals, ...bounds } = only?.() ?? {};
  const wanted = { ...equals, ...(query.place !== undefined && { [placeField]: query.place }) };
  const { keyword, find } = query;
  return view.chunks({ keyword, ...bounds, equals: wanted, find, after: parseId(query.after) });
}

/** Places come nearest first, and each brings its items, in order of their id. */
async function* byDistance<Shown extends object>(
  discovery: Discovery<Shown>,
  query: DiscoveryQuery,
): AsyncGenerator<Chunk<Distant<Shown>>, void> {
  const center = parsePoint(query.near ?? '');
  const behind = query.after === undefined ? undefined : await positionOf(discovery, center, query.after);
  const ring = { ...center, min: Math.max(query.min ?? 0, behind?.place.distance ?? 0), max: query.max };
  const places =
    query.place === undefined ? discovery.places.nearby(ring) : onePlace(discovery.places, ring, query.place);
  let left = limitOf(query.find);
  const { equals: only, ...bounds } = discovery.only?.() ?? {};
  for await (const some of places) {
    for (const place of some) {
      if (behind && isBefore(place, behind.place)) continue;
      const after = place.id === behind?.place.id ? behind.item : 0;
      const equals = { ...only, [discovery.placeField]: formatId(place.id) };
      const page = { keyword: query.keyword, ...bounds, equals, find: left, after };
      for await (const chunk of discovery.view.chunks(page)) {
        left -= chunk.count;
        const items = chunk.items.map((item) => ({ ...item, distance: place.distance }));
        if (items.length > 0) yield { ...chunk, items };
      }
      if (left <= 0) return;
    }
  }
}

function isBefore(a: Place, b: Place): boolean {
  return a.distance < b.distance || (a.distance === b.distance && a.id < b.id);
}

type Point = Pick<NearbyOptions, 'longitude' | 'latitude'>;

function parsePoint(near: string): Point {
  const [longitude = Number.NaN, latitude = Number.NaN] = near.split(',').map(Number);
  if (Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90) return { longitude, latitude };
  throw invalidRequest('near must be longitude (-180 to 180), latitude (-90 to 90)', queryPointer('near'));
}

async function positionOf<Shown extends object>(
  { places, placeOf }: Discovery<Shown>,
  center: Point,
  after: string,
): Promise<{ place: Place; item: number }> {
  const item = parseId(after) ?? 0;
  const id = await placeOf(item);
  const distance = id === undefined ? undefined : await distanceTo(places, center, id);
  if (id === undefined || distance === undefined) {
    throw invalidRequest('after is at no place to continue behind', queryPointer('after'));
  }
  return { place: { id, distance }, item };
}

async function distanceTo(places: Places, center: Point, id: number): Promise<number | undefined> {
  const place = await places.find(id);
  if (!place || place.longitude === null || place.latitude === null) return undefined;
  return metresBetween(center, { longitude: place.longitude, latitude: place.latitude });
}

async function* onePlace(
  places: Places,
  { min = 0, max = Number.POSITIVE_INFINITY, ...center }: NearbyOptions,
  place: string,
): AsyncGenerator<Place[], void> {
  const id = parseId(place) ?? 0;
  const distance = await distanceTo(places, center, id);
  if (distance !== undefined && distance >= min && distance <= max) yield [{ id, distance }];
}
