/** What others see of the audit: one entry written in the transaction of what it tells of. */
import type { Call } from '@palestra/core';
import type { Unit } from '../database/types.js';

/** Who did it and from where: the caller of a request, or a program on the server, such as a command. */
export type AuditActor = AuditedCall | { readonly program: string };

export type AuditedCall = Pick<Call, 'principal' | 'ip' | 'requestId'>;

export interface AuditEvent {
  /** `privilege.grant`: what was done, as `subject.verb`. */
  readonly action: string;
  /** `account/17`: to what. */
  readonly object: string;
  /** The object before and after; only their hashes are kept, so that secrets in them stay out. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** What a reader needs besides, such as the role granted; never a secret. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface Audit {
  /**
   * Whether creating a resource is an entry too. Off unless configured: a create costs the server 0.15 ms of CPU and an
   * entry 0.08 ms more, while the row itself says when it came to be.
   */
  readonly creates: boolean;
  /**
   * Writes one entry that commits with the rows of `unit`. The last thing a unit does: from here until its end the
   * other units of this instance that write entries wait for it.
   */
  record(unit: Unit, actor: AuditActor, event: AuditEvent): Promise<void>;
}
