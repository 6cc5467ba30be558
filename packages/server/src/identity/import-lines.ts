/** One line of an import: an account of an older system as JSON, read strictly and whole before anything is written. */
import { isRole, type Role } from '@palestra/core';
import { type LegacyHash, parseAccountName, parseLegacyHash } from '@palestra/core/auth';
import { parseJsonLine } from '../files/json-line.js';

export interface ImportedAccount {
  /** Counted from 1. */
  readonly line: number;
  readonly username: string;
  readonly usernameKey: string;
  readonly email: string | null;
  readonly emailKey: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly address: string | null;
  readonly role: Role;
  readonly disabled: boolean;
  readonly password: LegacyHash;
}

export interface ImportFault {
  readonly line: number;
  readonly detail: string;
}

/** What each member may hold; a detail of what is wrong with it otherwise. */
const members: Readonly<Record<string, { readonly fits: (value: unknown) => boolean; readonly demand: string }>> = {
  username: { fits: isName, demand: 'must be 1 to 254 visible characters without a colon' },
  email: { fits: (value) => value === null || isEmail(value), demand: 'must be an email address or null' },
  password_hash: {
    fits: (value) => typeof value === 'string' && parseLegacyHash(value) !== undefined,
    demand:
      'must be 64 hex digits (SHA-256), a $5$ or $6$ hash of 1,000 to 1,000,000 rounds, bcrypt up to cost 14, or scrypt as a PHC string',
  },
  role: { fits: (value) => isRole(value) && value !== 'guest', demand: 'must be a role of people' },
  first_name: { fits: (value) => value === null || isText(value, 100), demand: 'must be 1 to 100 characters or null' },
  last_name: { fits: (value) => value === null || isText(value, 100), demand: 'must be 1 to 100 characters or null' },
  address: { fits: (value) => value === null || isText(value, 500), demand: 'must be 1 to 500 characters or null' },
  disabled: { fits: (value) => typeof value === 'boolean', demand: 'must be true or false' },
};
const required = ['username', 'password_hash'];

/** The account, or all that is wrong with the line; undefined for an empty one. `text` is undefined if it is not UTF-8. */
export function parseImportLine(text: string | undefined, line: number): ImportedAccount | ImportFault[] | undefined {
  if (text?.trim() === '') return undefined;
  const value = parseJsonLine(text);
  if (typeof value === 'string') return [{ line, detail: value }];
  const faults = faultsOf(value).map((detail) => ({ line, detail }));
  return faults.length > 0 ? faults : accountOf(value, line);
}

type Members = Readonly<Record<string, unknown>>;

function faultsOf(value: Members): string[] {
  const missing = required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${name} is missing`);
  const wrong = Object.entries(value).flatMap(([name, member]) => {
    if (!Object.hasOwn(members, name)) return `${name} is not known`;
    return members[name]?.fits(member) ? [] : `${name} ${members[name]?.demand}`;
  });
  return [...missing, ...wrong];
}

/** Of members that fit. */
function accountOf(value: Members, line: number): ImportedAccount {
  const text = (name: string) => (value[name] ?? null) as string | null;
  const username = parseAccountName(value.username as string);
  const email = text('email') === null ? undefined : parseAccountName(text('email') ?? '');
  const password = parseLegacyHash(value.password_hash as string);
  if (!username || !password) throw new TypeError('Members that fit are read.');
  return {
    line,
    username: username.display,
    usernameKey: username.key,
    email: email?.display ?? null,
    emailKey: email?.key ?? null,
    firstName: text('first_name'),
    lastName: text('last_name'),
    address: text('address'),
    role: (value.role ?? 'player') as Role,
    disabled: value.disabled === true,
    password,
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && parseAccountName(value) !== undefined;
}

function isEmail(value: unknown): boolean {
  return isName(value) && value.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(value);
}

function isText(value: unknown, longest: number): boolean {
  return typeof value === 'string' && value.length <= longest && /^(?:\n|[^\p{Cc}\p{Cs}])+$/u.test(value);
}
