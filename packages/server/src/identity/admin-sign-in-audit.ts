/** Every sign-in by the admin scheme is in the audit, since it opens a month of administration. */
import { type Call, formatId } from '@palestra/core';
import type { StoredAccount } from '@palestra/core/auth';
import type { Database } from '../database/types.js';
import type { Audit } from '../plugin/audit.js';

export type AuditAdminSignIn = (account: StoredAccount, call: Call) => Promise<void>;

export function createAdminSignInAudit(database: Database, audit: Audit): AuditAdminSignIn {
  return ({ id, username, role }, { ip, requestId }) => {
    const principal = { kind: 'account', accountId: id, username, privilege: role } as const;
    const event = { action: 'session.admin', object: `account/${formatId(id)}` };
    return database.unitOfWork((unit) => audit.record(unit, { principal, ip, requestId }, event));
  };
}
