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
import { metresBetween } from './cells.js';
import type { NearbyOptions, Place } from './nearby.js';
import { amongMost } from './query.js';
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
  /** Of those of these places that are there and have a location, in no order. */
  locations(ids: readonly number[]): Promise<readonly (Point & { readonly id: number })[]>;
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
  const ring = { ...center, min: query.min, max: query.max, from: behind?.place };
  const { equals = {}, ...bounds } = discovery.only?.() ?? {};
  const wanted = { keyword: query.keyword, ...bounds, equals };
  const enough = limitOf(query.find) + (behind ? 1 : 0);
  const places =
    query.place === undefined
      ? await severalPlaces(discovery, { ...ring, enough }, wanted)
      : onePlace(discovery.places, ring, query.place);
  const itemsOf = discovery.placeField === '_id' ? itemsThatAre : itemsAt;
  let left = limitOf(query.find);
  for await (const some of places) {
    for await (const chunk of itemsOf(discovery.view, some, { discovery, wanted, behind, find: () => left })) {
      left -= chunk.count;
      if (chunk.count > 0) yield chunk;
      if (left <= 0) return;
    }
  }
}

interface Behind {
  readonly place: Place;
  readonly item: number;
}

interface ItemsWanted<Shown extends object> {
  readonly discovery: Discovery<Shown>;
  readonly wanted: ViewQuery;
  readonly behind: Behind | undefined;
  /** How many more. */
  find(): number;
}

/** The places themselves, read by one statement. */
async function* itemsThatAre<Shown extends object>(
  view: View<Shown>,
  places: readonly Place[],
  { wanted, behind, find }: ItemsWanted<Shown>,
): AsyncGenerator<Chunk<Distant<Shown>>, void> {
  const others = places.filter(({ id }) => id !== behind?.place.id);
  for (let at = 0; at < others.length && find() > 0; ) {
    // Where nothing else is asked for, each is found.
    const some = others.slice(at, wanted.keyword === undefined ? at + find() : undefined);
    at += some.length;
    const { items, bytes } = await itemsOfIds(view, some, wanted);
    const few = items.slice(0, find());
    yield { items: few, count: few.length, bytes };
  }
}

async function itemsOfIds<Shown extends object>(
  view: View<Shown>,
  places: readonly Place[],
  wanted: ViewQuery,
): Promise<Omit<Chunk<Distant<Shown>>, 'count'>> {
  const found = new Map<string, Shown>();
  let bytes = 0;
  for await (const chunk of view.chunks({ ...wanted, among: { _id: places.map(({ id }) => formatId(id)) } })) {
    for (const item of chunk.items) found.set((item as { readonly _id?: string })._id ?? '', item);
    bytes += chunk.bytes;
  }
  const items = places.flatMap(({ id, distance }) => {
    const item = found.get(formatId(id));
    // The item was read for this answer alone, so it need not be copied.
    return item ? [Object.assign(item, { distance })] : [];
  });
  return { items, bytes };
}

/** Of each place those items that refer to it; those of several places are asked for at once. */
async function* itemsAt<Shown extends object>(
  view: View<Shown>,
  places: readonly Place[],
  { discovery: { placeField }, wanted, behind, find }: ItemsWanted<Shown>,
): AsyncGenerator<Chunk<Distant<Shown>>, void> {
  function itemsOf({ id }: Place): AsyncGenerator<Chunk<Shown>, void> {
    const after = id === behind?.place.id ? behind.item : 0;
    const equals = { ...wanted.equals, [placeField]: formatId(id) };
    return view.chunks({ ...wanted, equals, find: find(), after, together: true });
  }

  // The first may have all that is wanted; where it has not, those behind it may have as little.
  const most = find() <= fewItems ? placesAtOnce : 1;
  for (let at = 0, ahead = 1; at < places.length; at += ahead, ahead = Math.min(most, ahead * 2)) {
    const some = places.slice(at, at + ahead).map((place) => ({ place, chunks: itemsOf(place) }));
    const firsts = await Promise.all(some.map(({ chunks }) => chunks.next()));
    for (const [index, { place, chunks }] of some.entries()) {
      for (let next = firsts[index]; next && !next.done; next = await chunks.next()) {
        const items = next.value.items.slice(0, find());
        yield {
          ...next.value,
          count: items.length,
          items: items.map((item) => ({ ...item, distance: place.distance })),
        };
      }
    }
  }
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
): Promise<Behind> {
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

async function* onePlace(places: Places, ring: NearbyOptions, place: string): AsyncGenerator<Place[], void> {
  const found = await placeIn(places, ring, parseId(place) ?? 0);
  if (found) yield [found];
}

/** Undefined unless it is at a distance that is asked for. */
async function placeIn(places: Places, ring: NearbyOptions, id: number): Promise<Place | undefined> {
  const distance = await distanceTo(places, ring, id);
  return distance !== undefined && isInRing(ring, { id, distance }) ? { id, distance } : undefined;
}

/** Places whose items are asked for at once, at most, and items of which there may be as many of each in memory. */
const placesAtOnce = 8;
const fewItems = 64;

/** How many more places are looked at than should be needed: to look once more costs more. */
const margin = 1.3;

/**
 * The places of all items, in order, where those are few: the nearest place that has one may be the last of a million. Where
 * they are many, one place after the other.
 */
async function severalPlaces<Shown extends object>(
  { view, places, placeField }: Discovery<Shown>,
  ring: NearbyOptions & { readonly enough: number },
  wanted: ViewQuery,
): Promise<Iterable<Place[]> | AsyncIterable<readonly Place[]>> {
  const areItems = placeField === '_id';
  // Without a keyword each of them is found.
  if (wanted.keyword === undefined && areItems) return places.nearby(ring);
  const few = await view.few(wanted, placeField);
  if ('rowsEach' in few) {
    return places.nearby(areItems ? { ...ring, enough: Math.ceil(ring.enough * few.rowsEach * margin) } : ring);
  }
  const located = await places.locations([...new Set(few.values)]);
  const found = located
    .map(({ id, ...point }) => ({ id, distance: metresBetween(ring, point) }))
    .filter((place) => isInRing(ring, place));
  found.sort((a, b) => a.distance - b.distance || a.id - b.id);
  const size = Math.min(ring.enough, amongMost);
  return Array.from({ length: Math.ceil(found.length / size) }, (_, at) => found.slice(at * size, (at + 1) * size));
}

function isInRing({ min = 0, max = Number.POSITIVE_INFINITY, from }: NearbyOptions, place: Place): boolean {
  const { id, distance } = place;
  if (distance < min || distance > max) return false;
  return !from || distance > from.distance || (distance === from.distance && id >= from.id);
}
