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
