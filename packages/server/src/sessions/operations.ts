/** What each operation of sessions does. */
import {
  accountIdOf,
  type Call,
  type Clock,
  formatId,
  type Handlers,
  parseId,
  permissionDenied,
  resourceNotFound,
  type Unit,
} from '@palestra/core';
import type { Database } from '../database/types.js';
import type { IdentityService } from '../identity/service.js';
import type { StoredSession } from '../identity/session-statements.js';
import type { Audit } from '../plugin/audit.js';
import type { components, operations } from './contract.generated.js';

export interface OperationOptions {
  readonly database: Database;
  readonly identity: IdentityService;
  readonly audit: Audit;
  readonly clock: Clock;
}

export function createOperations({ database, identity, audit, clock }: OperationOptions): Handlers<operations> {
  const { sessions, privileges } = identity;

  async function list(accountId: number, call: Call) {
    const found = await sessions.store.list(accountId, clock.now());
    return found.map((session) => shown(session, call));
  }

  async function end(id: string, accountId: number, call: Call, unit: Unit) {
    if (!(await sessions.store.end(id, accountId, clock.now(), unit))) throw resourceNotFound('Session', id);
    await audit.record(unit, call, { action: 'session.end', object: objectOf(accountId) });
    return {};
  }

  return {
    listSessions: (_, call) => list(ownId(call), call),
    endSession: ({ params: { id } }, call) => database.unitOfWork((unit) => end(id, ownId(call), call, unit)),

    endOtherSessions: (_, call) =>
      database.unitOfWork(async (unit) => {
        const accountId = ownId(call);
        const ended = await sessions.store.endAll(accountId, sessionOf(call), clock.now(), unit);
        const event = { action: 'session.end_others', object: objectOf(accountId), detail: { ended } };
        await audit.record(unit, call, event);
        return { ended };
      }),

    async listUserSessions({ params: { id } }, call) {
      const { id: accountId } = await database.unitOfWork((unit) =>
        privileges.manageable(call.principal, idOf(id), unit),
      );
      return list(accountId, call);
    },

    endUserSession: ({ params: { id, sid } }, call) =>
      database.unitOfWork(async (unit) => {
        const account = await privileges.manageable(call.principal, idOf(id), unit);
        return end(sid, account.id, call, unit);
      }),
  };
}

function shown(session: StoredSession, call: Call): components['schemas']['AccountSession'] {
  const instant = (at: number) => new Date(at).toISOString();
  return {
    _id: session.id,
    current: session.id === sessionOf(call),
    agent: session.agent,
    ip: session.ip,
    createdDate: instant(session.createdAt),
    lastUsedDate: instant(session.lastUsedAt),
    expiresDate: instant(session.expiresAt),
  };
}

function sessionOf({ principal }: Call): string | undefined {
  return principal.kind === 'account' ? principal.sessionId : undefined;
}

function ownId({ principal }: Call): number {
  const id = accountIdOf(principal);
  if (id === undefined) throw permissionDenied();
  return id;
}

function idOf(id: string): number {
  const number = parseId(id);
  if (number === undefined) throw resourceNotFound('User', id);
  return number;
}

function objectOf(accountId: number): string {
  return `account/${formatId(accountId)}`;
}
