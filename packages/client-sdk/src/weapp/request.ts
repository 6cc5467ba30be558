/** Requests by `wx.request`, since mini-programs have no `fetch`. */
import type { Signal, Transport, TransportResponse } from '../runtime/transport.js';
import type { Wx, WxRequest } from './wx.js';

/** The methods of the contract are those of `wx.request`, which has no PATCH. */
export function wxTransport(wx: Pick<Wx, 'request'>): Transport {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const task = wx.request({
        url,
        method: method as WxRequest['method'],
        header: headers,
        ...(body !== undefined && { data: body }),
        // Anything but `json` leaves the text alone.
        dataType: '其他',
        redirect: 'manual',
        success: ({ statusCode, header, data }) => resolve(responseOf(statusCode, header, data)),
        fail: ({ errMsg }) => reject(new Error(errMsg)),
      });
      (signal as Signal | undefined)?.addEventListener('abort', () => task.abort());
    });
}

function responseOf(status: number, header: Record<string, unknown>, data: unknown): TransportResponse {
  const headers = new Map(Object.entries(header).map(([name, value]) => [name.toLowerCase(), String(value)]));
  return {
    status,
    headers: { get: (name) => headers.get(name.toLowerCase()) ?? null },
    text: () => Promise.resolve(typeof data === 'string' ? data : JSON.stringify(data)),
  };
}
