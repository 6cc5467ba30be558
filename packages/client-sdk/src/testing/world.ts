/** What the fake server keeps: gyms, merchandise, users and purchases, with the rules that apps meet first. */
import { catalogue, formatId, PalestraError, resourceNotFound } from '@palestra/core';
import type { Gym, GymData } from '../resources/gym.js';
import type { Merchandise, MerchandiseData } from '../resources/merchandise.js';
import type { User } from '../resources/profile.js';
import type { TransactionRecord } from '../resources/transaction.js';

/** Stored things by `_id`, in the order of their creation. */
export type Collection<Item> = Map<string, Item>;

/** A user with what the server alone knows. */
export interface FakeUser extends User {
  readonly password: string;
}

export class World {
  readonly gyms: Collection<Gym> = new Map();
  readonly merchandise: Collection<Merchandise> = new Map();
  readonly users: Collection<FakeUser> = new Map();
  readonly records: Collection<TransactionRecord> = new Map();
  readonly #now: () => number;
  #ids = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  addGym(data: GymData, owner: string | null = null): Gym {
    unique(this.gyms, data.name, 'Gym');
    const empty = { address: null, detail: null, email: null, geoLocation: null, smallLogo: null, bigLogo: null };
    const lists = { services: [], equipments: [], announcements: [], club: null };
    return this.#add(this.gyms, { ...empty, ...lists, owner, ...data, ...this.#stamp() } as Gym);
  }

  addMerchandise(data: MerchandiseData): Merchandise {
    if (!this.gyms.has(data.gym)) throw resourceNotFound('Gym', data.gym);
    const empty = { price: null, count: null, stock: null, tag: null, summary: null, detail: null, expiryInfo: null };
    const rest = { schedule: [], imageURLs: [], available: true, saleStart: null, saleEnd: null };
    return this.#add(this.merchandise, { ...empty, ...rest, ...data, ...this.#stamp() } as unknown as Merchandise);
  }

  addUser(data: Partial<User> & { readonly username: string; readonly password: string }): FakeUser {
    unique(this.users, data.username, 'User', 'username');
    const empty = { email: null, pendingEmail: null, firstName: null, lastName: null, address: null };
    const rest = { emailVerified: true, shareEmail: false, shareAddress: false, role: 'player' };
    return this.#add(this.users, { ...empty, ...rest, ...data, ...this.#stamp() } as FakeUser);
  }

  /** Takes one from the stock. */
  purchase(payer: string, merchandiseId: string, paymentMethod: string): TransactionRecord {
    const sold = found(this.merchandise, merchandiseId, 'Merchandise');
    if (sold.stock === 0) throw new PalestraError(catalogue.conflict, `${sold.name} is sold out`);
    if (typeof sold.stock === 'number') this.merchandise.set(sold._id, { ...sold, stock: sold.stock - 1 });
    const stamp = this.#stamp();
    const { _id, name, price } = sold;
    const facts = { payer, recipient: sold.gym, merchandise: { _id, name, price }, paymentMethod, price };
    const state = { transactionState: 'pending', transactionId: null, prepayId: `fake-${stamp._id}` };
    const visits = { count: sold.count ?? -1, visitRecords: [], visitCount: 0, refundedAmount: 0 };
    const dates = { startDate: null, expiryDate: null, expiresAt: this.#instant(15 * 60_000) };
    return this.#add(this.records, {
      ...facts,
      ...state,
      ...visits,
      ...dates,
      ...stamp,
    } as unknown as TransactionRecord);
  }

  /** Moves a purchase from `pending` to its end; gives the stock back if it is cancelled. */
  settle(id: string, transactionState: 'success' | 'canceled'): TransactionRecord {
    const record = found(this.records, id, 'TransactionRecord');
    if (record.transactionState === transactionState) return record;
    if (record.transactionState !== 'pending') throw new PalestraError(catalogue.conflict, 'It is not pending');
    const sold = this.merchandise.get(record.merchandise._id);
    if (transactionState === 'canceled' && sold && typeof sold.stock === 'number')
      this.merchandise.set(sold._id, { ...sold, stock: sold.stock + 1 });
    return this.change(this.records, { ...record, transactionState });
  }

  /** Counts one visit. */
  admit(id: string): TransactionRecord {
    const record = found(this.records, id, 'TransactionRecord');
    if (record.transactionState !== 'success' || record.count === 0)
      throw new PalestraError(catalogue.conflict, 'No visit is left');
    const visit = { _id: formatId(this.#nextId()), date: this.#instant() };
    const count = record.count > 0 ? record.count - 1 : record.count;
    const visitRecords = [...record.visitRecords, visit];
    return this.change(this.records, { ...record, count, visitRecords, visitCount: record.visitCount + 1 });
  }

  change<Item extends { readonly _id: string }>(collection: Collection<Item>, item: Item): Item {
    return this.#put(collection, { ...item, updatedDate: this.#instant() });
  }

  #add<Item extends { readonly _id: string }>(collection: Collection<Item>, item: Item): Item {
    return this.#put(collection, item);
  }

  #put<Item extends { readonly _id: string }>(collection: Collection<Item>, item: Item): Item {
    collection.set(item._id, item);
    return item;
  }

  #nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  #instant(later = 0): string {
    return new Date(this.#now() + later).toISOString();
  }

  #stamp() {
    const date = this.#instant();
    return { _id: formatId(this.#nextId()), createdDate: date, updatedDate: date };
  }
}

/** @throws PalestraError `resourceNotFound` */
export function found<Item>(collection: Collection<Item>, id: string, resource: string): Item {
  const item = collection.get(formatId(Number(id)));
  if (item === undefined) throw resourceNotFound(resource, id);
  return item;
}

function unique(collection: Collection<object>, value: string, resource: string, field = 'name'): void {
  const taken = [...collection.values()].some((item) => (item as Record<string, unknown>)[field] === value);
  const message = `Resource exists with name <${value}> for ${resource}`;
  if (taken) throw new PalestraError(catalogue.duplicateResourceCreation, message);
}
