/**
 * What the client uses of the JavaScript environment, declared by shape: neither `lib.dom` nor `@types/node` reaches a
 * consumer's program, and a runtime without one of these lacks only the feature that needs it.
 */
import type { Signal, Transport } from './transport.js';

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
  encrypt(algorithm: object, key: unknown, data: Uint8Array): Promise<ArrayBuffer>;
}

/** A change of Web Storage by another document. */
export interface StorageChange {
  readonly key: string | null;
  readonly oldValue: string | null;
  readonly newValue: string | null;
  readonly storageArea: unknown;
}

/** The parts of `globalThis` that are used. */
export interface Runtime {
  readonly fetch?: Transport;
  readonly crypto?: {
    readonly subtle?: Subtle;
    getRandomValues?(target: Uint8Array): Uint8Array;
  };
  readonly AbortController?: new () => { readonly signal: Signal; abort(): void };
  /** Web Locks: one holder of a name among all tabs of an origin. */
  readonly navigator?: {
    readonly locks?: {
      request<Result>(name: string, options: { signal?: Signal }, task: () => Promise<Result>): Promise<Result>;
    };
  };
  readonly performance?: { now(): number };
  readonly console?: { error(...values: unknown[]): void; warn(...values: unknown[]): void };
  /** A page has one; a relative `baseUrl` is relative to it. */
  readonly location?: object;
  setTimeout?(task: () => void, ms: number): unknown;
  clearTimeout?(timer: unknown): void;
  addEventListener?(type: 'storage', listener: (change: StorageChange) => void): void;
  removeEventListener?(type: 'storage', listener: (change: StorageChange) => void): void;
}

export const runtime: Runtime = globalThis as unknown as Runtime;
