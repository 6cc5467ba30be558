/**
 * Opens sealed values of both forms. The private-key operation is WebCrypto's, which runs
 * it on libuv's threads: measured with 3072 bits on 2 cores, Node 20.20, 200 at once, 1.4 ms each with the event
 * loop held for at most 7 ms in all, against 2.1 ms each of node-rsa's `decrypt` (1.4 ms of `privateDecrypt`),
 * which hold it for the whole 430 ms. Every failure gives the same answer after the same private-key work.
 */
import { createHash, webcrypto } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import { classifySealed, sealAlgorithm } from '../sealed-value.js';
import { sealInvalid } from './failures.js';
import { decodeHeader } from './jose-header.js';
import type { KeyRing, SealingKey } from './keys.js';
import { jwe } from './libraries.js';
import { parsePlaintext } from './plaintext.js';
import { Semaphore, type SemaphoreOptions } from './semaphore.js';
import type { ReplayStore } from './stores.js';

const oldestMs = 5 * 60_000;
/** Without `iat` a value does not grow too old; it is remembered for so long after it was opened. */
const undatedMs = 30 * 24 * 60 * 60_000;
/** A clock that is further ahead than this is wrong. */
const futureMs = 120_000;
const failureTickMs = 5;

export interface SealingOptions {
  readonly keys: KeyRing<SealingKey>;
  readonly replay: ReplayStore;
  readonly clock: Clock;
  /** Whether `iat` and `jti` must be there; they count wherever they are. */
  readonly replayProtection?: 'optional' | 'required';
  readonly gate?: SemaphoreOptions;
}

export interface Sealing {
  /**
   * The plaintext, without the `iat`, `jti` and `aud` that proved it fresh and meant for `path`: the operation's, as
   * the contract has it.
   * @throws PalestraError `sealInvalid` (401) if it does not open, is stale, was opened before or was sealed for another
   * path; `invalidRequest` (400) if it opens to anything but a plain JSON object; `unavailable` (503) under a flood
   */
  open(value: string, path: string): Promise<Record<string, unknown>>;
}

export function createSealing(options: SealingOptions): Sealing {
  const gate = new Semaphore(options.gate ?? { concurrency: 2, queue: 64 });
  return {
    async open(value, path) {
      const begun = performance.now();
      const bytes = await gate.run(() => decrypt(value, options.keys.usable));
      if (!bytes) {
        await untilNextTick(begun);
        throw sealInvalid();
      }
      const { iat, jti, aud, ...plaintext } = parsePlaintext(bytes);
      // Before the `jti` is spent: if a third party sends it elsewhere, the value is still good where it is meant to go.
      if (aud !== undefined && aud !== path) throw sealInvalid();
      await assertFresh(iat, jti, options);
      return plaintext;
    },
  };
}

/** One way that a value may open; rejects if it does not. */
type Candidate = () => Promise<Uint8Array>;

/**
 * Whatever is wrong and wherever, as many tries as there are usable keys, each a private-key operation and one of the
 * content: time tells nothing.
 */
async function decrypt(value: string, keys: readonly SealingKey[]): Promise<Uint8Array | undefined> {
  const candidates = candidatesFor(value, keys);
  const decoys = keys.slice(candidates.length).map(
    (key): Candidate =>
      () =>
        openBlock(decoyBlock(key), key),
  );
  for (const open of [...candidates, ...decoys]) {
    const bytes = await open().catch(() => undefined);
    if (bytes) return bytes;
  }
  return undefined;
}

/**
 * What is left between the reasons (a JWE with another tag costs 0.15 ms more than a block) ends in one tick: failures
 * are answered at multiples of it, without holding a place in the gate.
 */
async function untilNextTick(begun: number): Promise<void> {
  await sleep(failureTickMs - ((performance.now() - begun) % failureTickMs));
}

/** The keys that may open it: for a JWE the one it names, for a block, which names none, each it could be for. */
function candidatesFor(value: string, keys: readonly SealingKey[]): Candidate[] {
  const sealed = classifySealed(value);
  if (!sealed) return [];
  if (sealed.form === 'jwe') {
    const [header = '', encryptedKey = ''] = sealed.value.split('.');
    const kid = kidOf(header);
    const key = keys.find((each) => each.kid === kid);
    if (!key || !fits(encryptedKey, key)) return [];
    // Here, where a library that cannot be loaded is no value that does not open.
    const { compactDecrypt } = jwe();
    return [() => openJwe(compactDecrypt, sealed.value, key)];
  }
  const block = Buffer.from(sealed.value, 'base64');
  return keys.filter((key) => fits(sealed.value, key)).map((key) => () => openBlock(block, key));
}

/** Header members that change nothing about how a value opens. */
const headerMembers: ReadonlySet<string> = new Set(['alg', 'enc', 'kid', 'typ', 'cty']);

/** Undefined unless the header says exactly what the SDK seals with: no `zip`, `crit`, `jwk`, `jku`, other algorithm. */
function kidOf(encoded: string): string | undefined {
  const header = decodeHeader(encoded);
  if (header?.alg !== sealAlgorithm.alg || header.enc !== sealAlgorithm.enc) return undefined;
  if (!Object.keys(header).every((member) => headerMembers.has(member))) return undefined;
  return typeof header.kid === 'string' ? header.kid : undefined;
}

/** A block of another length, or not below the modulus, would fail without any private-key work. */
function fits(encoded: string, { modulus }: SealingKey): boolean {
  const block = Buffer.from(encoded, 'base64');
  return block.length === modulus.length && Buffer.compare(block, modulus) < 0;
}

type Decrypt = ReturnType<typeof jwe>['compactDecrypt'];

async function openJwe(compactDecrypt: Decrypt, value: string, key: SealingKey): Promise<Uint8Array> {
  const { plaintext } = await compactDecrypt(value, key.decrypt, {
    keyManagementAlgorithms: [sealAlgorithm.alg],
    contentEncryptionAlgorithms: [sealAlgorithm.enc],
  });
  return plaintext;
}

async function openBlock(block: Uint8Array, key: SealingKey): Promise<Uint8Array> {
  try {
    return new Uint8Array(await webcrypto.subtle.decrypt({ name: 'RSA-OAEP' }, key.decrypt, block));
  } catch (error) {
    await openNothing();
    throw error;
  }
}

/** As jose does where the private-key operation fails (RFC 7516 section 11.5): the content is tried all the same. */
async function openNothing(): Promise<void> {
  const [raw, data] = [new Uint8Array(32), new Uint8Array(64)];
  const key = await webcrypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
  await webcrypto.subtle.decrypt({ name: 'AES-GCM', iv: data.subarray(0, 12) }, key, data).catch(() => undefined);
}

/** A number below any modulus of this length, and of its size, so that raising it costs what a real block does. */
function decoyBlock({ modulus }: SealingKey): Uint8Array {
  return modulus.map((byte, index) => (index === 0 ? byte >> 1 : 0xa5));
}

/** Once opened, never again: the row outlives the time in which the value would still be fresh. */
async function assertFresh(iat: unknown, jti: unknown, { clock, replay, replayProtection }: SealingOptions) {
  if (replayProtection === 'required' && (iat === undefined || jti === undefined)) throw sealInvalid();
  if (iat !== undefined && !isRecent(iat, clock.now())) throw sealInvalid();
  if (jti === undefined) return;
  if (typeof jti !== 'string' || jti.length < 16 || jti.length > 256) throw sealInvalid();
  const now = clock.now();
  const expiresAt = typeof iat === 'number' ? Math.ceil(iat * 1000) + oldestMs : now + undatedMs;
  const id = createHash('sha256').update(jti).digest('base64url');
  if (!(await replay.use(id, expiresAt))) throw sealInvalid();
}

function isRecent(iat: unknown, now: number): boolean {
  return typeof iat === 'number' && iat * 1000 >= now - oldestMs && iat * 1000 <= now + futureMs;
}
