/** What the four calls share. */
import type { Clock, GymService, MerchandiseService } from '@palestra/core';
import type { Audit, Database, EventEmitter, Unit } from '@palestra/server';
import type { GuardedProvider } from '../providers/guard.js';
import type { ShownRecord } from '../resource.js';
import type { RecordStore } from '../store.js';
import type { Ledger } from './ledger.js';
import type { QrTokens } from './qr.js';
import type { Transitions } from './transitions.js';

export interface PurchaseContext {
  readonly database: Database;
  readonly records: RecordStore;
  readonly ledger: Ledger;
  readonly transitions: Transitions;
  readonly merchandise: MerchandiseService;
  readonly gyms: GymService;
  readonly providers: ReadonlyMap<string, GuardedProvider>;
  readonly events: EventEmitter;
  readonly audit: Audit;
  readonly qr: QrTokens;
  readonly clock: Clock;
  readonly pendingMs: number;
  /** The record as the wire shows it. */
  show(id: number, unit?: Unit): Promise<ShownRecord>;
  /** The same for its payer: with a new QR token, if it admits. */
  showPayer(id: number): Promise<ShownRecord>;
}
