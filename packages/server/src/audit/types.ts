/** What the host and its commands see of the audit. */
import { type ServiceRef, serviceRef } from '@palestra/core';
import type { Unit } from '../database/types.js';
import type { Audit, AuditActor } from '../plugin/audit.js';
import type { AuditRow } from './chain.js';

/** A place in the order of all entries. */
export interface AuditPosition {
  readonly at: number;
  readonly chain: string;
  readonly seq: number;
}

/** By chain: its length and its last hash. What an anchor holds, and what the log shows as `auditHeads`. */
export type Heads = Readonly<Record<string, readonly [seq: number, hash: string]>>;

export interface Verification {
  readonly chains: number;
  readonly entries: number;
  /** What does not hold, each in one sentence; empty for a sound audit. */
  readonly faults: readonly string[];
}

export interface AuditReader {
  /** Entries of all chains after a position, in order. */
  after(position: AuditPosition, limit: number): Promise<AuditRow[]>;
  /** `logged` are heads that the log of an instance shows. */
  verify(logged?: readonly Heads[]): Promise<Verification>;
  /** Anchors the heads now instead of within five minutes. */
  anchor(): Promise<void>;
}

export interface AuditService {
  readonly writer: Audit;
  /**
   * Makes what all entries say about an account unreadable for good, and records that; call it last in the transaction
   * that deletes the account.
   */
  erase(unit: Unit, actor: AuditActor, accountId: number): Promise<void>;
  /** The entries of what an account did, in order. */
  entriesOf(accountId: number): Promise<AuditRow[]>;
  readonly reader: AuditReader;
}

export const auditService: ServiceRef<AuditService> = serviceRef('audit');
