/** Requests by Node's `node:http`: a call then costs less CPU than a bare `fetch`. */
import type { Signal, Transport, TransportResponse } from '../runtime/transport.js';
import { version } from '../version.generated.js';
import { builtin, type IncomingMessage } from './builtins.js';
import { textOf } from './text.js';

/** What a transport for Node is made with. */
export interface NodeTransportOptions {
  /**
   * An `http.Agent`, or `https.Agent` where the server has TLS: for a certificate authority of your own, a client
   * certificate, a proxy, or a limit of connections.
   */
  readonly agent?: object;
}

/** Idle connections are closed before servers do so, which is after 5 s for Node's own. */
const pool = { keepAlive: true, timeout: 4_000 } as const;

/**
 * For programs that call the server often, such as a server of your own:
 * `createClient({ baseUrl, transport: nodeTransport() })`. Connections are kept and reused; an idle one keeps no process
 * alive. What replaces or configures the global `fetch` has no effect on it.
 * @throws ClientError `invalid` outside Node
 */
export function nodeTransport({ agent }: NodeTransportOptions = {}): Transport {
  const http = builtin('node:http');
  const https = builtin('node:https');
  const { byteLength } = builtin('node:buffer').Buffer;
  const { URL } = builtin('node:url');
  const plain = { module: http, agent: agent ?? new http.Agent(pool) };
  const secure = { module: https, agent: agent ?? new https.Agent(pool) };

  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const { protocol, hostname, port, pathname, search } = new URL(url);
      const { module, agent } = protocol === 'https:' ? secure : plain;
      const request = module.request({
        agent,
        protocol,
        method,
        hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
        port,
        path: pathname + search,
        headers: {
          'user-agent': `palestra-client/${version}`,
          'accept-encoding': 'gzip, br',
          ...headers,
          ...(body !== undefined && { 'content-length': byteLength(body) }),
        },
      });
      const abort = () => request.destroy(new Error('aborted'));
      const release = listenTo(signal, abort);
      const fail = (error: Error) => {
        release();
        reject(error);
      };
      request.on('error', fail).on('response', (message) => {
        const chunks: Uint8Array[] = [];
        message
          .on('data', (chunk) => chunks.push(chunk))
          .on('error', fail)
          .on('end', () => {
            release();
            resolve(responseOf(message, chunks));
          });
      });
      request.end(body);
    });
}

/** The result stops listening. */
function listenTo(signal: Signal | undefined, abort: () => void): () => void {
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  return () => signal?.removeEventListener('abort', abort);
}

function responseOf({ statusCode = 0, headers }: IncomingMessage, chunks: readonly Uint8Array[]): TransportResponse {
  const get = (name: string) => headers[name.toLowerCase()]?.toString() ?? null;
  return { status: statusCode, headers: { get }, text: () => textOf(chunks, get('content-encoding')) };
}
