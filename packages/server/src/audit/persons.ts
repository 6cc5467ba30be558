/**
 * What an entry says about a person is encrypted with a key of that person's own, kept in the table `audit_person`. When
 * an account is deleted its key goes, and with it every name, address and detail: entries stay as they are, so the hash
 * chains still verify. An entry of the deletion says that the key was meant to go.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Unit } from '@palestra/core';
import { insertOnce } from '../database/insert-once.js';
import type { Database } from '../database/types.js';

/** A person as entries name them: `pid` is random and tells nothing. */
export interface AuditPerson {
  readonly pid: string;
  readonly key: string;
}

export interface AuditPersons {
  /** The one of an account, made if it is not there yet. */
  of(accountId: number, unit: Unit): Promise<AuditPerson>;
  /** What is sealed stays so if its key is gone. */
  open(text: string): Promise<string>;
  /** The `pid` of the account, whose name in the entries can no longer be decrypted; undefined if there is no entry about it. */
  erase(accountId: number, unit: Unit): Promise<string | undefined>;
  /** Every `pid` with a key. */
  known(): Promise<ReadonlySet<string>>;
}

interface PersonRow extends AuditPerson {
  readonly account_id: number;
}

/** The action of an entry that says whose names were erased. */
export const erasure = 'account.delete';

/** The object of such an entry. */
export function erasedObject(pid: string): string {
  return `person/~${pid}`;
}

const mostCached = 10_000;
const ivBytes = 12;
const tagBytes = 16;
/** Asked for together: one at a time they cost more than what they are for. */
const ivsAhead = 256;
let ivs = Buffer.alloc(0);

function nextIv(): Buffer {
  if (ivs.length === 0) ivs = randomBytes(ivBytes * ivsAhead);
  const iv = ivs.subarray(0, ivBytes);
  ivs = ivs.subarray(ivBytes);
  return iv;
}

const sealed = /^~([\w-]{16})\.([\w-]+)$/;

/** Which person a text belongs to, if it is sealed. */
export function pidOf(text: string): string | undefined {
  return sealed.exec(text)?.[1];
}

/** By person, so that it goes with the key. */
const sealedNames = new WeakMap<AuditPerson, { readonly name: string; readonly sealed: string }>();

/** The name of an account as `sealFor` seals it, once and not for each entry: that it is the same, its `pid` tells already. */
export function sealName(person: AuditPerson, name: string): string {
  const known = sealedNames.get(person);
  if (known?.name === name) return known.sealed;
  const sealed = sealFor(person, name);
  sealedNames.set(person, { name, sealed });
  return sealed;
}

export function sealFor({ pid, key }: AuditPerson, text: string): string {
  const iv = nextIv();
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), iv);
  const bytes = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `~${pid}.${bytes.toString('base64url')}`;
}

export function createAuditPersons(database: Database): AuditPersons {
  const statements = createStatements(database);
  /** By account id, and by `~pid`. Only what is committed: a key that was rolled back would open nothing. */
  const cache = new Map<number | string, AuditPerson>();

  function remember(key: number | string, person: AuditPerson): void {
    if (cache.size >= mostCached) cache.clear();
    cache.set(key, person);
  }

  return {
    async of(accountId, unit) {
      const cached = cache.get(accountId);
      if (cached) return cached;
      const fresh = {
        account_id: accountId,
        pid: randomBytes(12).toString('base64url'),
        key: randomBytes(32).toString('base64url'),
      };
      const known = await statements.byAccount.first({ account_id: accountId }, unit);
      if (!known) await insertOnce(statements.insert, fresh, unit);
      const { pid, key } = known ?? (await statements.byAccount.first({ account_id: accountId }, unit)) ?? fresh;
      unit.afterCommit(() => remember(accountId, { pid, key }));
      return { pid, key };
    },

    async open(text) {
      const [, pid = '', value = ''] = sealed.exec(text) ?? [];
      if (pid === '') return text;
      const person = cache.get(`~${pid}`) ?? (await statements.byPid.first({ pid }));
      if (!person) return text;
      remember(`~${pid}`, { pid, key: person.key });
      return decrypt(person.key, Buffer.from(value, 'base64url')) ?? text;
    },

    async erase(accountId, unit) {
      const row = await statements.byAccount.first({ account_id: accountId }, unit);
      await statements.erase.run({ account_id: accountId }, unit);
      unit.afterCommit(() => cache.clear());
      return row?.pid;
    },

    known: async () => new Set((await statements.all.all()).map(({ pid }) => pid)),
  };
}

function decrypt(key: string, bytes: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), bytes.subarray(0, ivBytes));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    return decipher.update(bytes.subarray(ivBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}

function createStatements(database: Database) {
  const columns = ['account_id', 'pid', 'key'] as const;
  return {
    insert: database.statement((knex, parameter) => knex('audit_person').insert(parameter.each(columns))),
    byAccount: database.statement<PersonRow>((knex, parameter) =>
      knex('audit_person')
        .select(columns)
        .where({ account_id: parameter('account_id') }),
    ),
    byPid: database.statement<PersonRow>((knex, parameter) =>
      knex('audit_person')
        .select(columns)
        .where({ pid: parameter('pid') }),
    ),
    all: database.statement<Pick<PersonRow, 'pid'>>((knex) => knex('audit_person').select('pid')),
    erase: database.statement((knex, parameter) =>
      knex('audit_person')
        .where({ account_id: parameter('account_id') })
        .delete(),
    ),
  };
}
