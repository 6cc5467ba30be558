/** Services between the built-in plugins: agreed here, so that no plugin imports another. */
import { type ServiceRef, serviceRef } from './contract/plugin.js';
import type { Role } from './privilege.js';

/** An account as other plugins may see it; never a hash. */
export interface AccountView {
  readonly id: number;
  readonly username: string;
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly address: string | null;
  readonly role: Role;
  readonly disabled: boolean;
}

export interface AccountsService {
  /** Undefined for an id nobody has. */
  find(id: number): Promise<AccountView | undefined>;
  /** The accounts that exist of `ids`, in the order of `ids`. */
  findMany(ids: readonly number[]): Promise<AccountView[]>;
}

export const accountsService: ServiceRef<AccountsService> = serviceRef('accounts');

export interface GymView {
  readonly id: number;
  readonly name: string;
  /** Account id of the owner. */
  readonly owner: number | null;
  /** Degrees, WGS 84; both null where there is no location. */
  readonly longitude: number | null;
  readonly latitude: number | null;
}

export interface NearbyOptions {
  /** Degrees, WGS 84. */
  readonly longitude: number;
  readonly latitude: number;
  /** Metres, both included. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

export interface GymDistance {
  readonly id: number;
  /** Metres. */
  readonly distance: number;
}

export interface GymService {
  find(id: number): Promise<GymView | undefined>;
  /** Gyms with a location, nearest first, in chunks. */
  nearby(options: NearbyOptions): AsyncIterable<readonly GymDistance[]>;
}

export const gymService: ServiceRef<GymService> = serviceRef('gym');
