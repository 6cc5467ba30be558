/** Where the member is looking: by the device's location, or by what they type. */
import { client } from './client.js';
import { recall, remember } from './memory.js';
import { say } from './words.js';

export interface Place {
  readonly label: string;
  /** Longitude, latitude. */
  readonly near: readonly [number, number];
}

const key = 'place';

export function currentPlace(): Place | undefined {
  return recall<Place>(key);
}

/** Undefined forgets. */
export function setPlace(place: Place | undefined): void {
  remember(key, place);
}

/** @throws GeolocationPositionError if the device does not say */
export function locate(): Promise<Place> {
  const options = { maximumAge: 300_000, timeout: 10_000 };
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({ label: say('your location'), near: [rounded(coords.longitude), rounded(coords.latitude)] }),
      reject,
      options,
    );
  });
}

/** A hundred metres: near enough to find a gym, and the same address of a list at the next visit. */
const rounded = (degrees: number): number => Math.round(degrees * 1000) / 1000;

/** Latitude first, as maps show it. */
const coordinates = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/;

/** What a search text means. */
export type Found =
  /** The gyms around a place. */
  | { readonly kind: 'place'; readonly place: Place }
  /** The gyms whose names have the text in them. */
  | { readonly kind: 'name'; readonly text: string };

/**
 * Coordinates, a part of an address, which is a place, or a part of a gym's name. Undefined if nothing is known of it.
 * @throws ClientError
 */
export async function search(text: string, signal: AbortSignal): Promise<Found | undefined> {
  const label = text.trim();
  const [, latitude, longitude] = coordinates.exec(label) ?? [];
  if (latitude !== undefined && longitude !== undefined) return at(Number(longitude), Number(latitude), label);
  const gyms = await client.discovery.gyms({ keyword: label, find: 20 }, { signal });
  const isIn = (words: string | null) => words?.toLowerCase().includes(label.toLowerCase()) === true;
  const inAddress = gyms.find(({ address, geoLocation }) => geoLocation !== null && isIn(address));
  const [east, north] = inAddress?.geoLocation ?? [];
  if (east !== undefined && north !== undefined) return at(rounded(east), rounded(north), label);
  return gyms.some(({ name }) => isIn(name)) ? { kind: 'name', text: label } : undefined;
}

function at(longitude: number, latitude: number, label: string): Found | undefined {
  if (Math.abs(longitude) > 180 || Math.abs(latitude) > 90) return undefined;
  return { kind: 'place', place: { label, near: [longitude, latitude] } };
}
