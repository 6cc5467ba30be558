/** How requests leave: any function of `fetch`'s shape. `fetch` fits as it is; `wx.request` through `miniProgram`. */
import { runtime, type Signal } from './runtime.js';

/** The second argument of `fetch`, as far as the client uses it. */
export interface TransportInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  /** A browser's cache would give an old `Date` with the server's key, and old data with the rest. */
  readonly cache: 'no-store';
  readonly body?: string;
  /** A `Signal`; `any`, because `fetch` wants the whole `AbortSignal` of its own library, which cannot be named here. */
  // biome-ignore lint/suspicious/noExplicitAny: a variance position
  readonly signal?: any;
}

/** A `Response`, as far as the client reads it. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** Sends one request. Rejects if there is no answer; an answer of any status is one. */
export type Transport = (url: string, init: TransportInit) => Promise<TransportResponse>;

/** Looked up at each call, so that a page may replace its `fetch`. */
export const runtimeFetch: Transport = async (url, init) => {
  if (runtime.fetch === undefined) throw new Error('No fetch here: give createClient a `transport`');
  return runtime.fetch(url, init);
};

/** What `wx.request`, `my.request` and their relatives have in common. */
export type MiniProgramRequest = (options: {
  url: string;
  method: string;
  header: Record<string, string>;
  data?: string;
  dataType: string;
  success(result: { statusCode: number; header: Record<string, string>; data: unknown }): void;
  fail(reason: { errMsg?: string }): void;
}) => { abort(): void } | undefined;

/** `createClient({ transport: miniProgram(wx.request) })` */
export function miniProgram(request: MiniProgramRequest): Transport {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const task = request({
        url,
        method,
        header: headers,
        ...(body !== undefined && { data: body }),
        // Anything but 'json' leaves the text alone.
        dataType: 'text',
        success: ({ statusCode, header, data }) => resolve(responseOf(statusCode, header, data)),
        fail: ({ errMsg }) => reject(new Error(errMsg ?? 'request failed')),
      });
      (signal as Signal | undefined)?.addEventListener('abort', () => task?.abort());
    });
}

function responseOf(status: number, header: Record<string, string>, data: unknown): TransportResponse {
  const headers = new Map(Object.entries(header).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    status,
    headers: { get: (name) => headers.get(name.toLowerCase()) ?? null },
    text: () => Promise.resolve(typeof data === 'string' ? data : JSON.stringify(data)),
  };
}
