/** `accounts.jsonl` of `palestra import`: the members of `palestra user import`, whose old hashes are wrapped. */
import { type Importer, invalidRequest } from '@palestra/core';
import { deletedHere, type ImportOptions } from './import.js';
import { type ImportedAccount, parseImportLine } from './import-lines.js';

export function accountImporter(options: Omit<ImportOptions, 'database' | 'audit'>): Importer {
  const { accounts, passwords, forgottenNames, clock } = options;
  return {
    collection: 'accounts',
    table: 'account',
    hasId: true,
    references: {},
    schema: { type: 'object' },
    check: accountOf,
    async prepare({ fields, createdAt }) {
      const account = accountOf(fields);
      const { username, email, firstName, lastName, address, role, password, disabled } = account;
      if (await forgottenNames.has(account.usernameKey)) throw invalidRequest(deletedHere, '');
      const passwordHash = await passwords.wrap(password);
      const legacyRounds = password.rounds === 0 ? null : password.rounds;
      return async (id, unit) => {
        const person = { id, username, email, firstName, lastName, address, role, passwordHash };
        await accounts.create(person, createdAt, unit);
        await accounts.markImported(id, { importedAt: clock.now(), legacyRounds, disabled }, unit);
        return true;
      };
    },
  };
}

/** @throws PalestraError 400 */
function accountOf(fields: object): ImportedAccount {
  const account = parseImportLine(JSON.stringify(fields), 1);
  if (account === undefined) throw new TypeError('A line that was read is not empty.');
  if (Array.isArray(account)) throw invalidRequest(account.map(({ detail }) => detail).join('; '), '');
  return account;
}
