/** How requests are sent: any function of `fetch`'s shape. */

/** The part of an `AbortSignal` that is used. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The second argument of `fetch`, as far as the client uses it. */
export interface TransportInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  /** Bodies and tokens are for one server: a redirect is an error. */
  readonly redirect: 'manual';
  readonly body?: string;
  /** A `Signal`; `any`, because `fetch` wants the whole `AbortSignal` of its own library, which cannot be named here. */
  // biome-ignore lint/suspicious/noExplicitAny: a variance position
  readonly signal?: any;
}

/** A `Response`, as far as the client reads it. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Where the answer came from; for a transport that follows redirects by itself. */
  readonly url?: string;
  readonly redirected?: boolean;
  text(): Promise<string>;
}

/** Sends one request. Rejects if no answer arrives; an answer of any status resolves. */
export type Transport = (url: string, init: TransportInit) => Promise<TransportResponse>;
