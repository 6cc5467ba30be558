/** `client.discovery` */
import type { components } from '../generated/openapi.js';
import { discoverGyms, discoverMerchandise } from '../generated/operations.js';
import { type List, type ListOptions, list, type Range } from './list.js';
import type { ClientPlugin } from './plugin.js';

/** A gym as guests see it, with its `distance` in metres where one was asked for. @interface */
export type PublicGym = components['schemas']['PublicGym'];
/** Merchandise as guests see it. @interface */
export type PublicMerchandise = components['schemas']['PublicMerchandise'];

export interface Discovery extends Range {
  /** A literal, case-insensitive part of the texts. */
  readonly keyword?: string | undefined;
  /** Degrees (WGS 84). The nearest come first, each with its `distance` in metres; what has no location is left out. */
  readonly near?: readonly [longitude: number, latitude: number] | undefined;
  /** Metres from `near` at most. */
  readonly max?: number | undefined;
  /** Metres from `near` at least. */
  readonly min?: number | undefined;
  /** `_id` of a gym: only this gym, or only what it sells. */
  readonly gym?: string | undefined;
}

/** For guests: no sign-in, public fields only. Ordered by `_id`, or by the distance from `near`. */
export interface DiscoveryApi {
  /** @throws ClientError `invalid` */
  gyms(criteria?: Discovery, options?: ListOptions): List<PublicGym>;
  /** `near` is compared with the location of the gym that sells it. @throws ClientError `invalid` */
  merchandise(criteria?: Discovery, options?: ListOptions): List<PublicMerchandise>;
}

/** The part behind `client.discovery`, for `createLeanClient`. */
export const discovery: ClientPlugin<'discovery', DiscoveryApi> = {
  name: 'discovery',
  setup: ({ call }) => ({
    gyms: ({ find, after, ...criteria } = {}, options) =>
      list(
        discoverGyms,
        { find, after },
        (range) => call(discoverGyms, { query: { ...queryOf(criteria), ...range } }, options),
        options,
      ),
    merchandise: ({ find, after, ...criteria } = {}, options) =>
      list(
        discoverMerchandise,
        { find, after },
        (range) => call(discoverMerchandise, { query: { ...queryOf(criteria), ...range } }, options),
        options,
      ),
  }),
};

/** Seven decimals are a centimetre; `toFixed` never gives `1e-7`. */
function queryOf({ near, ...criteria }: Omit<Discovery, 'find' | 'after'>) {
  return { ...criteria, near: near?.map((degrees) => degrees.toFixed(7)).join(',') };
}
