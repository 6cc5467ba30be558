/** Where the member is looking: by the device's location, or by what they type. */
import { client } from './client.js';
import { recall, remember } from './memory.js';

export interface Place {
  readonly label: string;
  /** Longitude, latitude. */
  readonly near: readonly [number, number];
}

const key = 'place';

export function currentPlace(): Place | undefined {
  return recall<Place>(key);
}

export function setPlace(place: Place): void {
  remember(key, place);
}

/** @throws GeolocationPositionError if the device does not say */
export function locate(): Promise<Place> {
  const options = { maximumAge: 300_000, timeout: 10_000 };
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ label: 'your location', near: [rounded(coords.longitude), rounded(coords.latitude)] }),
      reject,
      options,
    );
  });
}

/** A hundred metres: near enough to find a gym, and the same address of a list at the next visit. */
const rounded = (degrees: number): number => Math.round(degrees * 1000) / 1000;

/** Latitude first, as maps show it. */
const coordinates = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/;

/**
 * Coordinates, or part of a gym's name or address: then it is around that gym. Undefined if there is no such place.
 * @throws ClientError
 */
export async function findPlace(text: string, signal: AbortSignal): Promise<Place | undefined> {
  const [, latitude, longitude] = coordinates.exec(text) ?? [];
  if (latitude !== undefined && longitude !== undefined) {
    const near = [Number(longitude), Number(latitude)] as const;
    return Math.abs(near[0]) <= 180 && Math.abs(near[1]) <= 90 ? { label: text.trim(), near } : undefined;
  }
  const label = text.trim();
  const gyms = await client.discovery.gyms({ keyword: label, find: 20 }, { signal });
  const located = gyms.find(({ geoLocation }) => geoLocation !== null);
  const [east, north] = located?.geoLocation ?? [];
  return east === undefined || north === undefined ? undefined : { label, near: [rounded(east), rounded(north)] };
}
