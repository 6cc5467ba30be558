/**
 * What the client asks of the JavaScript around it, declared by shape: neither `lib.dom` nor `@types/node` reaches a
 * consumer's program, and a runtime that lacks one of these lacks only what it is for.
 */
import type { Transport } from './transport.js';

/** The part of an `AbortSignal` that is used. */
export interface Signal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The part of WebCrypto's `SubtleCrypto` that sealing needs. */
export interface Subtle {
  digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer>;
  importKey(
    format: string,
    data: Uint8Array,
    algorithm: object,
    extractable: boolean,
    uses: string[],
  ): Promise<unknown>;
  exportKey(format: 'jwk', key: unknown): Promise<{ readonly e?: string; readonly n?: string }>;
  encrypt(algorithm: object, key: unknown, data: Uint8Array): Promise<ArrayBuffer>;
}

interface Runtime {
  readonly fetch?: Transport;
  readonly crypto?: {
    readonly subtle?: Subtle;
    getRandomValues(target: Uint8Array): Uint8Array;
    randomUUID?(): string;
  };
  readonly AbortController?: new () => { readonly signal: Signal; abort(): void };
  /** Web Locks: one holder of a name among all tabs of an origin. */
  readonly navigator?: {
    readonly locks?: {
      request<Result>(name: string, options: { signal?: Signal }, task: () => Promise<Result>): Promise<Result>;
    };
  };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  setTimeout(task: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  atob(base64: string): string;
  btoa(binary: string): string;
}

export const runtime: Runtime = globalThis as unknown as Runtime;

/** Time as the client sees it; tests pass their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `task` once after `ms`; the result takes it back. */
  schedule(task: () => void, ms: number): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(task, ms) {
    const timer = runtime.setTimeout(task, ms);
    return () => runtime.clearTimeout(timer);
  },
};

/** For request ids and idempotency keys, which have to be unique, not secret. */
export function uniqueId(): string {
  return runtime.crypto?.randomUUID?.() ?? Array.from({ length: 4 }, randomWord).join('');
}

function randomWord(): string {
  return Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}
