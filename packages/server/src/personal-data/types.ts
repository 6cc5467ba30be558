/** What others see of personal data: accounts exported, deleted, disabled and enabled. */
import { type ServiceRef, serviceRef, type Unit } from '@palestra/core';
import type { FullAccount } from '../identity/account-store.js';
import type { AuditActor } from '../plugin/audit.js';
import type { components } from './contract.generated.js';

export type PersonalExport = components['schemas']['PersonalExport'];

export interface People {
  /** Everything that names the person. */
  export(account: FullAccount): Promise<PersonalExport>;
  /** @throws PalestraError 409 for the last DBA */
  remove(account: FullAccount, actor: AuditActor, unit: Unit): Promise<void>;
  /** @throws PalestraError 409 for the last DBA */
  setDisabled(account: FullAccount, disabled: boolean, actor: AuditActor, unit: Unit): Promise<void>;
  /** Deletes again who was deleted before a restore brought them back. */
  removeRestored(): Promise<void>;
}

export const peopleService: ServiceRef<People> = serviceRef('people');
