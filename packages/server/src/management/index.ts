/** Management as a part of the host, for levels 0 and 1: accounts and their privileges, collections, the audit. */
import { need, type ServiceRef, serviceRef } from '@palestra/core';
import { type AuditService, auditService } from '../audit/types.js';
import { type IdentityService, identityService } from '../identity/service.js';
import { type People, peopleService } from '../personal-data/types.js';
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { type AccountAdministration, createAccountAdministration } from './account-administration.js';
import { createCollections } from './collections.js';
import { contract, type operations, resources } from './contract.generated.js';
import { migrations } from './migrations.js';
import { createOperations } from './operations.js';
import { rules } from './resource.js';

export type { AccountAdministration } from './account-administration.js';

/** For commands on the server. */
export const accountAdministration: ServiceRef<AccountAdministration> = serviceRef('account-administration');

export interface ManagementTypes {
  operations: operations;
  needs: { readonly identity: IdentityService; readonly audits: AuditService; readonly people: People };
  service: AccountAdministration;
}

export const management: HostPart<ManagementTypes> = {
  name: 'management',
  version,
  host: '^1.0.0',
  contract,
  requires: { identity: need(identityService), audits: need(auditService), people: need(peopleService) },
  provides: accountAdministration,
  migrations,
  setup(scope) {
    const { services, database, audit, host } = scope;
    const administration = createAccountAdministration({ database, ...services, audit });
    const users = scope.resource(resources.AdminUser, rules);
    const collections = createCollections({ database, log: host.log, ...host.internals });
    const { reader } = services.audits;
    return {
      handlers: createOperations({ users, administration, collections, audit, reader }),
      service: administration,
      retire: () => collections.stop(),
    };
  },
};
