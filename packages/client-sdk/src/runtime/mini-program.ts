/** Requests through `wx.request` and its relatives, for mini-programs, which have no `fetch`. */
import type { Signal, Transport, TransportResponse } from './transport.js';

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
