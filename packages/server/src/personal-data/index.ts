/** Personal data as a part of the host: accounts disabled, enabled, exported and deleted, with all that plugins declare. */
import { need } from '@palestra/core';
import { type AuditService, auditService } from '../audit/types.js';
import { type IdentityService, identityService } from '../identity/service.js';
import { createLegacyIds } from '../import/legacy-ids.js';
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { contract } from './contract.generated.js';
import { createForgetEvents } from './events.js';
import { migrations } from './migrations.js';
import { createOperations, type PersonalDataOperations, rateLimits } from './operations.js';
import { createPeople } from './people.js';
import { createPersonalTables } from './rows.js';
import { type People, peopleService } from './types.js';

interface PersonalDataTypes {
  operations: PersonalDataOperations;
  needs: { readonly identity: IdentityService; readonly audits: AuditService };
  service: People;
}

export const personalData: HostPart<PersonalDataTypes> = {
  name: 'personal-data',
  version,
  host: '^1.0.0',
  contract,
  requires: { identity: need(identityService), audits: need(auditService) },
  provides: peopleService,
  rateLimits,
  migrations,
  restore: [{ table: 'deleted_account', keep: 'rows' }],
  setup({ services, database, host: { clock, internals } }) {
    const { identity, audits } = services;
    const tables = createPersonalTables(database, internals.plugins);
    const forgetEvents = createForgetEvents(database);
    const legacyIds = createLegacyIds(database);
    const people = createPeople({ database, identity, audits, tables, forgetEvents, legacyIds, clock });
    return {
      handlers: createOperations({ database, identity, people, clock }),
      service: people,
      start: () => people.removeRestored(),
    };
  },
};
