/** What each operation of management does. */

import { type Handlers, invalidRequest, queryPointer, type Role, resourceNotFound } from '@palestra/core';
import type { AuditReader } from '../audit/types.js';
import type { Audit, AuditedCall } from '../plugin/audit.js';
import type { Resource } from '../plugin/resource.js';
import type { AccountAdministration, Verb } from './account-administration.js';
import { createAuditList } from './audit-list.js';
import type { Collections } from './collections.js';
import type { AdminUserTypes, operations } from './contract.generated.js';

export interface OperationOptions {
  readonly users: Resource<AdminUserTypes>;
  readonly administration: AccountAdministration;
  readonly collections: Collections;
  readonly audit: Audit;
  readonly reader: AuditReader;
}

export function createOperations(options: OperationOptions): Handlers<operations> {
  const { users, administration, collections, audit, reader } = options;

  async function assign(call: AuditedCall, verb: Verb, username: string, role: Role): Promise<AdminUserTypes['shown']> {
    const { accountId } = await administration.assign(call, call.principal, { username, role, verb });
    const user = await users.find(accountId);
    if (!user) throw resourceNotFound('User', username);
    return user;
  }

  return {
    ...users.handlers,
    grantPrivilege: ({ body }, call) => assign(call, 'grant', body.username, body.role),
    revokePrivilege: ({ body }, call) => assign(call, 'revoke', body.username, 'player'),

    listCollections: () => collections.list(),

    async emptyCollection({ params: { name }, query: { confirm } }, call) {
      if (confirm !== name) throw invalidRequest('confirm must be the name of the collection', queryPointer('confirm'));
      const deleted = await collections.empty(name, call, async (batch, unit) => {
        const { deleted, total } = batch;
        await audit.record(unit, call, { action: 'collection.empty', object: name, detail: { deleted } });
        if (total !== undefined) await call.idempotency?.finish(unit, { name, deleted: total });
      });
      return { name, deleted };
    },

    listAudit: createAuditList(reader),
  };
}
