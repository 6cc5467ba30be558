/** What each operation of recovery does. */
import {
  accountIdOf,
  type Call,
  catalogue,
  formatId,
  type Handlers,
  PalestraError,
  parseId,
  reply,
  resourceNotFound,
} from '@palestra/core';
import { parseAccountName } from '@palestra/core/auth';
import type { Database } from '../database/types.js';
import type { Opened } from '../identity/config.js';
import type { IdentityService } from '../identity/service.js';
import type { MailService } from '../mail/types.js';
import type { Audit } from '../plugin/audit.js';
import type { RateLimiter } from '../rate-limit/types.js';
import { randomCode } from './code-text.js';
import type { Codes, StoredCode } from './codes.js';
import type { operations, SealedBodies } from './contract.generated.js';
import { codeInvalid } from './errors.js';
import { addressLimits } from './limits.js';

/** As handlers see them: sealed bodies are open. */
export type RecoveryOperations = Opened<operations, SealedBodies>;

export interface OperationOptions {
  readonly database: Database;
  readonly identity: IdentityService;
  readonly mail: MailService;
  readonly limiter: RateLimiter;
  readonly audit: Audit;
  readonly codes: Codes;
}

export function createOperations(options: OperationOptions): Handlers<RecoveryOperations> {
  const { database, identity, mail, limiter, audit, codes } = options;

  /** Spends the code in the transaction of what it allows. @throws PalestraError `codeInvalid` */
  const spend = async (code: StoredCode, unit: Parameters<Codes['spend']>[1]) => {
    if (!(await codes.spend(code, unit))) throw codeInvalid();
  };

  return {
    async recover({ body: { email } }, { ip }) {
      await limiter.attempt(addressLimits, { ip, user: parseAccountName(email)?.key ?? '' });
      // Whether an account has this email is looked up when the mail is written: here it could be told by the time.
      await database.unitOfWork((unit) => mail.request(unit, { kind: 'recovery', email }));
      return reply(202, {});
    },

    async completeRecovery({ body: { code, password } }, call) {
      const found = await codes.find(code, 'recovery');
      const owner = found && (await identity.accounts.find(found.accountId));
      if (!found || !owner || owner.disabled) throw codeInvalid();
      if (found.email !== null && found.email !== owner.email) throw codeInvalid();
      const account = await identity.credentials.resetPassword(password, async (unit) => {
        await spend(found, unit);
        await codes.spendAll(owner.id, 'recovery', unit);
        if (found.email !== null) await identity.emails.confirm(owner.id, found.email, unit);
        await audit.record(unit, call, { action: 'account.recover', object: objectOf(owner.id) });
        return owner.id;
      });
      return identity.sessions.open(account, call);
    },

    async issueRecoveryCode({ params: { id } }, call) {
      const accountId = parseId(id);
      if (accountId === undefined) throw resourceNotFound('User', id);
      const code = randomCode();
      const expires = await database.unitOfWork(async (unit) => {
        const { disabled } = await identity.privileges.manageable(call.principal, accountId, unit);
        if (disabled) throw new PalestraError(catalogue.conflict, 'The account is disabled. Enable it first.');
        const expiresAt = await codes.add({ code, purpose: 'recovery', accountId, email: null }, unit);
        await audit.record(unit, call, { action: 'account.recovery_code', object: objectOf(accountId) });
        return expiresAt;
      });
      return reply(201, { code, expiresAt: new Date(expires).toISOString() });
    },

    async sendEmailCode(_, call) {
      const account = await identity.accounts.find(ownId(call));
      if (!account) throw resourceNotFound('User', formatId(ownId(call)));
      if (account.pendingEmail === null && (account.email === null || account.emailVerified)) {
        const what = account.email === null ? 'The account has no email.' : 'The email is verified already.';
        throw new PalestraError(catalogue.conflict, what);
      }
      await database.unitOfWork((unit) => mail.request(unit, { kind: 'verification', accountId: account.id }));
      return reply(202, {});
    },

    async verifyEmail({ body: { code } }, call) {
      const found = await codes.find(code, 'email');
      if (!found || found.email === null || found.accountId !== ownId(call)) throw codeInvalid();
      const { accountId, email } = found;
      return database.unitOfWork(async (unit) => {
        await spend(found, unit);
        if (!(await identity.emails.confirm(accountId, email, unit))) throw codeInvalid();
        await audit.record(unit, call, { action: 'account.verify_email', object: objectOf(accountId) });
        return { email, emailVerified: true as const };
      });
    },
  };
}

function objectOf(accountId: number): string {
  return `account/${formatId(accountId)}`;
}

function ownId({ principal }: Call): number {
  return accountIdOf(principal) ?? 0;
}
