/**
 * Imports accounts of an older system, with their password hashes wrapped. A line with a fault is reported and left out; a
 * second run, after it was corrected, imports it, and leaves those of the first unchanged.
 */
import type { Clock, Unit } from '@palestra/core';
import type { Passwords } from '@palestra/core/auth';
import type { Database } from '../database/types.js';
import type { Audit, AuditActor } from '../plugin/audit.js';
import type { Accounts } from './account-store.js';
import type { ForgottenNames } from './forgotten-names.js';
import { type ImportedAccount, type ImportFault, parseImportLine } from './import-lines.js';

export interface ImportOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly passwords: Pick<Passwords, 'wrap'>;
  readonly forgottenNames: Pick<ForgottenNames, 'has'>;
  readonly clock: Clock;
  readonly audit: Audit;
}

interface ImportRequest {
  /** One JSON object each; undefined for a line that is not UTF-8. */
  readonly lines: AsyncIterable<string | undefined>;
  readonly actor: AuditActor;
  /** Finds every fault and writes nothing. */
  readonly dryRun?: boolean;
  /** Called after each password that was wrapped; a promise is waited for before anything is written. */
  readonly progress?: (done: number, total: number) => unknown;
}

export type ImportAccounts = (request: ImportRequest) => Promise<ImportReport>;

export interface ImportReport {
  /** Those that a dry run would import. */
  readonly imported: number;
  /** Those that an earlier run had brought. */
  readonly present: number;
  /** What is wrong with the lines that were left out, in their order. */
  readonly faults: readonly ImportFault[];
}

export const deletedHere = 'was deleted here, and is not imported again';

/** Passwords that wait for the pool together: enough to keep it busy, fewer than it turns away. */
const atOnce = 4;

interface Wrapped {
  readonly account: ImportedAccount;
  readonly passwordHash: string;
}

export function createImport(options: ImportOptions): ImportAccounts {
  const { database, audit } = options;
  return async ({ lines, actor, dryRun = false, progress }) => {
    const { accounts, faults } = await read(lines);
    faults.push(...repeatsIn(accounts));
    const fresh = await newAmong(accounts, faults, options);
    faults.sort((one, other) => one.line - other.line);
    const faulty = new Set(faults.map(({ line }) => line));
    const sound = fresh.filter(({ line }) => !faulty.has(line));
    const known = new Set(fresh.map(({ line }) => line));
    const present = accounts.filter(({ line }) => !known.has(line) && !faulty.has(line)).length;
    const report = { imported: sound.length, present, faults };
    if (dryRun || sound.length === 0) return report;
    const wrapped = await wrapAll(sound, options.passwords, progress);
    await database.unitOfWork(async (unit) => {
      for (const each of wrapped) await add(each, unit, options);
      const detail = { imported: wrapped.length };
      await audit.record(unit, actor, { action: 'account.import', object: 'account', detail });
    });
    return report;
  };
}

/** The accounts that no earlier run imported; a name that another account has here is a fault. */
async function newAmong(
  accounts: readonly ImportedAccount[],
  faults: ImportFault[],
  { accounts: store, forgottenNames }: ImportOptions,
): Promise<ImportedAccount[]> {
  const fresh: ImportedAccount[] = [];
  for (const account of accounts) {
    const { line, usernameKey, emailKey } = account;
    const importedAt = await store.importedAt(usernameKey);
    if (importedAt != null) continue;
    fresh.push(account);
    if (await forgottenNames.has(usernameKey)) faults.push({ line, detail: deletedHere });
    if (importedAt === null) faults.push({ line, detail: `username ${account.username} is taken here` });
    if (emailKey === null || emailKey === usernameKey) continue;
    if (await store.isNameTaken(emailKey)) faults.push({ line, detail: `email ${account.email} is taken here` });
  }
  return fresh;
}

async function read(lines: ImportRequest['lines']): Promise<{ accounts: ImportedAccount[]; faults: ImportFault[] }> {
  const accounts: ImportedAccount[] = [];
  const faults: ImportFault[] = [];
  let line = 0;
  for await (const text of lines) {
    line += 1;
    const parsed = parseImportLine(text, line);
    if (Array.isArray(parsed)) faults.push(...parsed);
    else if (parsed) accounts.push(parsed);
  }
  return { accounts, faults };
}

/** User names and emails share one namespace. */
function repeatsIn(accounts: readonly ImportedAccount[]): ImportFault[] {
  const seen = new Map<string, number>();
  return accounts.flatMap(({ line, usernameKey, emailKey }) => {
    const keys = new Set([usernameKey, ...(emailKey === null ? [] : [emailKey])]);
    const earlier = [...keys].flatMap((key) => seen.get(key) ?? []);
    for (const key of keys) if (!seen.has(key)) seen.set(key, line);
    return earlier.slice(0, 1).map((other) => ({ line, detail: `has a name of line ${other} again` }));
  });
}

async function wrapAll(
  accounts: readonly ImportedAccount[],
  passwords: Pick<Passwords, 'wrap'>,
  progress: ImportRequest['progress'],
): Promise<Wrapped[]> {
  const wrapped: Wrapped[] = [];
  const left = accounts[Symbol.iterator]();
  const work = async () => {
    for (const account of left) {
      const passwordHash = await passwords.wrap(account.password);
      wrapped.push({ account, passwordHash });
      await progress?.(wrapped.length, accounts.length);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return wrapped.sort((one, other) => one.account.line - other.account.line);
}

async function add({ account, passwordHash }: Wrapped, unit: Unit, { accounts, clock }: ImportOptions): Promise<void> {
  const { username, email, firstName, lastName, address, role } = account;
  const now = clock.now();
  const id = await accounts.create({ username, email, firstName, lastName, address, role, passwordHash }, now, unit);
  const { rounds } = account.password;
  const legacyRounds = rounds === 0 ? null : rounds;
  await accounts.markImported(id, { importedAt: now, legacyRounds, disabled: account.disabled }, unit);
}
