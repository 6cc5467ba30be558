/**
 * Changes of an account's email. Where mail can be sent, a person's own change waits until a code that was sent to the
 * new address has come back, and the old address gets a mail about it: who took a session over cannot take the account over with it.
 */
import { duplicateResourceCreation, type Unit } from '@palestra/core';
import { parseAccountName } from '@palestra/core/auth';
import type { MailService } from '../mail/types.js';
import type { Accounts, FullAccount } from './account-store.js';

export interface EmailChangeOptions {
  readonly accounts: Accounts;
  readonly mail: Pick<MailService, 'request'>;
  /** Whether people confirm their own changes. */
  readonly confirm: boolean;
}

export interface EmailChanges {
  /**
   * Null takes the email away. `own` if its owner asks for it.
   * @throws PalestraError `duplicateResourceCreation` for an email that is another account's name
   */
  change(id: number, email: string | null, own: boolean, unit: Unit): Promise<void>;
  /**
   * `email` is proven to be the owner's: it is verified from now on, and replaces the one before if it was to.
   * @returns the account, or undefined if it neither has this email nor waits for it
   */
  confirm(id: number, email: string, unit: Unit): Promise<FullAccount | undefined>;
}

export function createEmailChanges({ accounts, mail, confirm }: EmailChangeOptions): EmailChanges {
  async function replace(account: FullAccount, email: string | null, unit: Unit): Promise<void> {
    await accounts.changeEmail(account.id, email, unit);
    if (account.email !== null) await mail.request(unit, { kind: 'email changed', to: account.email });
  }

  async function propose({ id }: FullAccount, email: string, unit: Unit): Promise<void> {
    const key = parseAccountName(email)?.key ?? '';
    const holder = await accounts.findByNameKey(key, unit);
    if (holder && holder.id !== id) throw duplicateResourceCreation(email, 'User', '/data/email');
    await accounts.setPendingEmail(id, email, unit);
    await mail.request(unit, { kind: 'verification', accountId: id });
  }

  return {
    async change(id, email, own, unit) {
      const account = await accounts.find(id, unit);
      if (!account) return;
      if (account.email === email) return accounts.setPendingEmail(id, null, unit);
      return own && confirm && email !== null ? propose(account, email, unit) : replace(account, email, unit);
    },

    async confirm(id, email, unit) {
      const account = await accounts.find(id, unit);
      if (account?.pendingEmail === email) await replace(account, email, unit);
      return (await accounts.verifyEmail(id, email, unit)) ? accounts.find(id, unit) : undefined;
    },
  };
}
