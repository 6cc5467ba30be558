/** Passwords: which are accepted, and hashing whose concurrency is bounded, so that many sign-ins leave CPU to others. */
import { availableParallelism } from 'node:os';
import { invalidRequest, type PalestraError } from '../errors.js';
import type { KeyRing, SecretKey } from './keys.js';
import type { LegacyHash } from './legacy-hashes.js';
import {
  checkHash,
  isSupportedHash,
  makeHash,
  owaspMinimum,
  type PasswordCost,
  type Verdict,
  wrapHash,
} from './password-hashes.js';
import { Semaphore, type SemaphoreOptions } from './semaphore.js';

const shortest = 8;
const longest = 128;
const mostBytes = 1024;
const refused: Verdict = { valid: false, outdated: false };

export interface PasswordOptions {
  /** Keys an HMAC over every hash and is kept outside the database; recommended. */
  readonly pepper?: KeyRing<SecretKey>;
  /** Of new hashes; those of another cost are replaced at the next sign-in. OWASP's minimum by default. */
  readonly cost?: PasswordCost;
  readonly gate?: SemaphoreOptions;
  /** How many processes share the processors; 1 by default. */
  readonly sharedBy?: number;
}

interface VerifyOptions {
  readonly rounds?: number;
  /** Whose check it is, such as a network: each has a fair share of the places. */
  readonly share?: string;
}

export interface Passwords {
  /** How many passwords are hashed now, and how many wait for that. */
  load(): { readonly running: number; readonly waiting: number };
  /** @throws PalestraError `unavailable` when too many wait */
  hash(password: string): Promise<string>;
  /** Hashes over the hash of an older system. */
  wrap(legacy: LegacyHash): Promise<string>;
  /**
   * An undefined hash costs what a real one does and is never valid, so that time tells nothing. A refusal costs at least
   * `rounds` of SHA-crypt: what the slowest wrapped hash of any account costs, see `AccountStore.legacyRounds`.
   * @throws PalestraError `unavailable` when too many wait
   */
  verify(password: string, stored: string | null | undefined, options?: VerifyOptions): Promise<Verdict>;
}

export function createPasswords({
  pepper,
  cost = owaspMinimum,
  sharedBy = 1,
  gate = defaultGate(sharedBy),
}: PasswordOptions = {}): Passwords {
  const gated = new Semaphore(gate);
  const hashing = { pepper, cost };
  let dummy: Promise<string> | undefined;
  /** Of no account: made once, again if that failed. */
  const dummyHash = (): Promise<string> => {
    if (dummy) return dummy;
    const made = makeHash('no password has this hash', { ...hashing, pepper: undefined });
    made.catch(() => {
      dummy = undefined;
    });
    dummy = made;
    return made;
  };
  return {
    load: () => ({ running: gated.running, waiting: gated.waiting }),
    hash: (password) => gated.run(() => makeHash(password, hashing)),
    wrap: async (legacy) => legacy.stored ?? gated.run(() => wrapHash(legacy, hashing)),
    async verify(password, stored, { rounds = 0, share } = {}) {
      if (!isPlausible(password)) return refused;
      const real = stored != null && isSupportedHash(stored) ? stored : undefined;
      // Made for a real user's hash too, so that the first unknown one takes no longer.
      const unknown = dummyHash();
      const against = real ?? (await unknown);
      const verdict = await gated.run(() => checkHash({ ...hashing, password, stored: against, rounds }), share);
      return real === undefined ? refused : verdict;
    },
  };
}

/** Accepts a new password: 8 to 128 characters of well-formed Unicode, taken as they are. */
export function assertAcceptable(password: string, pointer: string): void {
  const fault = faultOf(password);
  if (fault) throw passwordError(fault, pointer);
}

function passwordError(fault: string, pointer: string): PalestraError {
  return invalidRequest(`${pointer.slice(pointer.lastIndexOf('/') + 1)} ${fault}`, pointer);
}

function faultOf(password: string): string | undefined {
  if (!isWellFormed(password)) return 'must be well-formed Unicode';
  const length = [...password].length;
  if (length < shortest) return `must have at least ${shortest} characters`;
  if (length > longest) return `must have at most ${longest} characters`;
  return undefined;
}

/** Could be somebody's password, even one from before today's rules; anything longer is not worth hashing. */
function isPlausible(password: string): boolean {
  return password.length <= mostBytes && isWellFormed(password) && Buffer.byteLength(password) <= mostBytes;
}

/** With `u`, a surrogate matches only outside a pair. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** At most this process's share of the cores, and one less than libuv has threads: the last one opens sealed values. */
function defaultGate(sharedBy: number): SemaphoreOptions {
  const threads = Number(process.env.UV_THREADPOOL_SIZE) || 4;
  const cores = Math.floor(availableParallelism() / sharedBy);
  return { concurrency: Math.max(1, Math.min(cores, threads - 1)), queue: 16 };
}
