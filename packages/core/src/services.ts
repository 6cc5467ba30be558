/** Services and events between the built-in plugins: agreed here, so that no plugin imports another. */
import { type EventRef, eventRef } from './contract/event.js';
import { type ServiceRef, serviceRef } from './contract/service-ref.js';
import type { Unit } from './contract/unit.js';
import type { Principal } from './principal.js';
import type { MachineScope, Role } from './privilege.js';

/** An account as other plugins may see it; never a hash. */
export interface AccountView {
  readonly id: number;
  readonly username: string;
  readonly email: string | null;
  /** Whether a code that was sent to `email` has come back. */
  readonly emailVerified: boolean;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly address: string | null;
  readonly role: Role;
  readonly disabled: boolean;
  /** Whether clubs see the email and the address of the people who play or work for them. */
  readonly shareEmail: boolean;
  readonly shareAddress: boolean;
}

export interface IssuedMachineToken {
  /** The JWT, shown only now: without `exp`, alive as long as its row says so. */
  readonly token: string;
  /** Its `jti`. */
  readonly tokenId: string;
}

/** Tokens of machines: `stams_io` and `secure_provisioner`. */
export interface MachineTokens {
  /** In the transaction of `unit`, so that a token and what it is for begin together. */
  issue(scope: MachineScope, subject: string, unit?: Unit): Promise<IssuedMachineToken>;
  /** Ends a token, within a second here and 5 s on other instances; false if it was not alive. */
  revoke(tokenId: string, unit?: Unit): Promise<boolean>;
}

export interface AccountsService {
  /** Undefined for an unknown id. */
  find(id: number): Promise<AccountView | undefined>;
  /** The accounts that exist of `ids`, in the order of `ids`. */
  findMany(ids: readonly number[]): Promise<AccountView[]>;
  /** The account whose email is exactly this one, without regard to case. */
  findByEmail(email: string): Promise<AccountView | undefined>;
  /** The account whose user name is exactly this one, without regard to case. */
  findByUsername(username: string): Promise<AccountView | undefined>;
  /**
   * Makes the account's role at least `role`, for as long as a position needs it; false if there is no account. Tokens
   * that say a lower role stay valid with that, unless `endTokens`.
   */
  raise(id: number, role: Role, unit: Unit, options?: { readonly endTokens?: boolean }): Promise<boolean>;
  /**
   * Takes back what `raise` gave: the role becomes `role`, or what was granted if that is higher, and tokens that say
   * otherwise end. `role` is asked for with the account locked, so that of two positions which end at once the second
   * finds the first one gone.
   */
  lower(id: number, role: () => Promise<Role>, unit: Unit): Promise<void>;
  /** Who the account is in the app `appId` at WeChat; undefined if it never signed in there. */
  wechatOpenid(id: number, appId: string): Promise<string | undefined>;
  /** Keeps the account, and so what counts by it, from other units that lock it; false if there is none. */
  lock(id: number, unit: Unit): Promise<boolean>;
  readonly machines: MachineTokens;
}

export const accountsService: ServiceRef<AccountsService> = serviceRef('accounts');

export interface GymView {
  readonly id: number;
  readonly name: string;
  /** Account id of the owner. */
  readonly owner: number | null;
  /** Id of the club that it belongs to. */
  readonly club: number | null;
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
  /** Nothing before this one, in order of distance, then id. */
  readonly from?: GymDistance | undefined;
}

interface GymLocation {
  readonly id: number;
  /** Degrees, WGS 84. */
  readonly longitude: number;
  readonly latitude: number;
}

interface GymDistance {
  readonly id: number;
  /** Metres. */
  readonly distance: number;
}

/** Who may do what at one place, such as a gym or a club: the one answer that all plugins ask for. */
export interface Staff<Task extends string> {
  /** Admins may do everything. In a unit: what the answer depends on is kept from changes until the unit's end. */
  may(task: Task, place: number, principal: Principal, unit?: Unit): Promise<boolean>;
  /** Ids of the places where the caller may do anything at all beside what everybody may; not asked for admins. */
  placesOf(principal: Principal): Promise<number[]>;
}

/** Let members in; sell, refund and read what was sold; change the gym and its staff. */
export const gymTasks = ['admit', 'sell', 'manage'] as const;
export type GymTask = (typeof gymTasks)[number];

export interface GymService extends Staff<GymTask> {
  /** In a unit: kept from changes until its end. */
  find(id: number, unit?: Unit): Promise<GymView | undefined>;
  /** Gyms with a location, nearest first, in chunks. */
  nearby(options: NearbyOptions): AsyncIterable<readonly GymDistance[]>;
  /** Of those of these gyms that are there and have a location, in no order. */
  locations(ids: readonly number[]): Promise<readonly GymLocation[]>;
}

export const gymService: ServiceRef<GymService> = serviceRef('gym');

/** What is for sale, as it is at this moment: what a purchase keeps. */
export interface MerchandiseTerms {
  readonly id: number;
  readonly name: string;
  /** Id of the gym that sells it. */
  readonly gym: number;
  /** Minor units and ISO 4217; null where it has no price yet and so cannot be bought. */
  readonly price: { readonly amount: number; readonly currency: string } | null;
  /** Visits; -1 for any number. */
  readonly count: number;
  /** Null for any number. */
  readonly stock: number | null;
  /** When it can be used: instants, or seconds from the purchase. */
  readonly validity: MerchandiseValidity;
  readonly sale: MerchandiseSale;
}

/** When it is for sale: never while it is withdrawn, and else from `start` until before `end`. */
export interface MerchandiseSale {
  readonly withdrawn: boolean;
  readonly start: number | null;
  readonly end: number | null;
}

export interface MerchandiseValidity {
  readonly startDate: number | null;
  readonly expiryDate: number | null;
  readonly duration: number | null;
}

/** Stock changes by conditional updates in the caller's transaction only, so that nothing is sold twice. */
export interface MerchandiseService {
  find(id: number): Promise<MerchandiseTerms | undefined>;
  /**
   * Takes one where the stock is limited, and holds the row against changes until the unit's end; `taken` is false if none is
   * left. Undefined if there is no such merchandise.
   */
  takeStock(id: number, unit: Unit): Promise<{ readonly terms: MerchandiseTerms; readonly taken: boolean } | undefined>;
  /** Gives one back that was taken; where the stock became unlimited meanwhile, it stays so. */
  giveBack(id: number, unit: Unit): Promise<void>;
}

export const merchandiseService: ServiceRef<MerchandiseService> = serviceRef('merchandise');

/** What a purchase is about, in ids as the wire shows them. */
export interface TransactionEventData {
  readonly transactionRecordId: string;
  /** The account that paid, and the account that may use it. */
  readonly payer: string;
  readonly recipient: string;
  readonly merchandise: string;
  /** Minor units and ISO 4217. */
  readonly price: { readonly amount: number; readonly currency: string };
}

/** `gate` is the account whose device let somebody in. */
export type VisitEventData = TransactionEventData & { readonly gate: string };

/** `amount`, in minor units, was given back. */
export type RefundEventData = TransactionEventData & { readonly amount: number };

export interface TransactionEvents {
  /** It was paid. */
  readonly succeeded: EventRef<TransactionEventData>;
  /** The provider refused the payment. */
  readonly failed: EventRef<TransactionEventData>;
  readonly canceled: EventRef<TransactionEventData>;
  /** It was not paid in time, is used up, or out of date. */
  readonly expired: EventRef<TransactionEventData>;
  /** One visit was spent. */
  readonly used: EventRef<VisitEventData>;
  /** All of the price was given back. */
  readonly refunded: EventRef<TransactionEventData>;
  /** Some of it was, and the purchase is still good. */
  readonly partiallyRefunded: EventRef<RefundEventData>;
}

export const transactionEvents: TransactionEvents = {
  succeeded: eventRef('transaction.succeeded'),
  failed: eventRef('transaction.failed'),
  canceled: eventRef('transaction.canceled'),
  expired: eventRef('transaction.expired'),
  used: eventRef('transaction.used'),
  refunded: eventRef('transaction.refunded'),
  partiallyRefunded: eventRef('transaction.partially_refunded'),
};

/** A club: the operator of the club API. */
export interface ClubView {
  readonly id: number;
  readonly name: string;
  /** Account id of its operator. */
  readonly owner: number;
}

/** Train its teams, as its coaches and its operator do; run it, as its operator does. */
export type ClubTask = 'coach' | 'operate';

export interface ClubService extends Staff<ClubTask> {
  find(id: number, unit?: Unit): Promise<ClubView | undefined>;
  /** The clubs that this account operates, by id. */
  ownedBy(accountId: number): Promise<ClubView[]>;
  /** Account ids of the players of the teams that the caller coaches, or whose club the caller operates. */
  playersOf(principal: Principal): Promise<number[]>;
  /** `work` is done in the unit that deletes a club. */
  onDelete(work: (clubId: number, unit: Unit) => Promise<void>): void;
}

export const clubService: ServiceRef<ClubService> = serviceRef('club');
