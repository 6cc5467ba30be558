/** Writes and sends the mails that were requested, each with its code; told again by the events until one is sent. */
import type { DomainEvent, EventHandler, Unit } from '@palestra/core';
import { type KeyRing, parseAccountName, type SecretKey } from '@palestra/core/auth';
import type { Logger } from 'pino';
import type { Database } from '../database/types.js';
import type { Accounts, FullAccount } from '../identity/account-store.js';
import { MailRefused, type MailRequest, type MailService, type SealedRequest } from '../mail/types.js';
import { derivedCode } from './code-text.js';
import type { CodePurpose, Codes } from './codes.js';
import type { MailText, RecoveryConfig } from './config.js';

export interface MailsOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly codes: Codes;
  readonly keys: KeyRing<SecretKey>;
  readonly mail: MailService;
  readonly texts: RecoveryConfig;
  readonly log: Pick<Logger, 'warn'>;
}

interface Written {
  readonly to: string;
  readonly text: MailText;
  readonly code?: string;
}

export function createMails(options: MailsOptions): EventHandler<SealedRequest> {
  const { database, accounts, codes, keys, mail, texts, log } = options;

  async function withCode(purpose: CodePurpose, to: string, { id: accountId }: FullAccount, event: DomainEvent) {
    const code = derivedCode(keys.active.secret, event.id);
    await database.unitOfWork((unit: Unit) => codes.add({ code, purpose, accountId, email: to }, unit));
    return { to, code };
  }

  /** Undefined where there is no recipient: then nothing is sent, and the answer does not show it. */
  async function write(request: MailRequest, event: DomainEvent): Promise<Written | undefined> {
    if (request.kind === 'email changed') return { to: request.to, text: texts.emailChanged };
    const account = await accountOf(request);
    if (!account || account.disabled) return undefined;
    if (request.kind === 'recovery') {
      if (account.email === null) return undefined;
      return { ...(await withCode('recovery', account.email, account, event)), text: texts.recovery };
    }
    const to = account.pendingEmail ?? (account.emailVerified ? null : account.email);
    return to === null ? undefined : { ...(await withCode('email', to, account, event)), text: texts.verification };
  }

  async function accountOf(request: Exclude<MailRequest, { kind: 'email changed' }>): Promise<FullAccount | undefined> {
    if (request.kind === 'verification') return accounts.find(request.accountId);
    const key = parseAccountName(request.email)?.key;
    const account = key === undefined ? undefined : await accounts.findByNameKey(key);
    // A user name may look like an email, which proves nothing about who reads mail there.
    return account?.email != null && parseAccountName(account.email)?.key === key ? account : undefined;
  }

  return async (event) => {
    const request = mail.read(event);
    const written = request && (await write(request, event));
    if (!written) return;
    const { to, text, code = '' } = written;
    const fill = (template: string) => template.replaceAll('{code}', () => code).replaceAll('{email}', () => to);
    try {
      await mail.send({ to, subject: fill(text.subject), text: fill(text.text), id: `palestra-${event.id}` });
    } catch (err) {
      if (!(err instanceof MailRefused)) throw err;
      log.warn({ err, event: event.id }, 'A mail was refused and is not sent again.');
    }
  };
}
