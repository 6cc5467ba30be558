/** Who may buy where the integrator asks for verified emails (`requireVerifiedEmail`). */
import { type AccountsService, accountIdOf, type Call } from '@palestra/core';
import { emailUnverified } from '../errors.js';

/** @throws PalestraError `emailUnverified` */
export function createVerifiedEmail(accounts: Pick<AccountsService, 'find'>): (call: Call) => Promise<void> {
  return async ({ principal }) => {
    const account = await accounts.find(accountIdOf(principal) ?? 0);
    if (!account?.emailVerified) throw emailUnverified();
  };
}
