/** What callers saw: each call ends ok, refused, or unknown, since a lost reply is no refusal (Jepsen's "info"). */
import { Agent, request } from 'node:http';
import { formatAuthorization, schemes } from '@palestra/core';

export interface Reply {
  /** 0 where no whole reply came. */
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  readonly body: any;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export type Outcome = 'ok' | 'refused' | 'unknown';

export class History {
  readonly calls: {
    readonly name: string;
    readonly outcome: Outcome;
    readonly status: number;
    readonly body: unknown;
  }[] = [];

  add(name: string, { status, body }: Reply): void {
    const outcome = status >= 200 && status < 300 ? 'ok' : status >= 400 && status < 500 ? 'refused' : 'unknown';
    this.calls.push({ name, outcome, status, body });
  }

  count(outcome: Outcome, name?: string): number {
    return this.calls.filter((call) => call.outcome === outcome && (name === undefined || call.name === name)).length;
  }

  /** Number of calls by status. */
  statuses(): Record<number, number> {
    const counts: Record<number, number> = {};
    for (const { status } of this.calls) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export interface Posting {
  readonly token: string;
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Never rejects: what went wrong on the way is status 0. Lighter than fetch, so that the servers get the processor. */
export async function post(url: string, path: string, posting: Posting): Promise<Reply> {
  for (;;) {
    const reply = await send(url + path, posting);
    // The server had closed the idle connection already: this request has never reached it.
    if (reply !== 'stale') return reply;
  }
}

function send(url: string, { token, json, headers = {} }: Posting): Promise<Reply | 'stale'> {
  return new Promise((resolve) => {
    const lost = () => resolve({ status: 0, text: '', body: undefined, headers: {} });
    const authorization = formatAuthorization(schemes.bearer, token);
    const all = { 'content-type': 'application/json', authorization, ...headers };
    const sent = request(url, { method: 'POST', agent, headers: all }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', lost);
      response.on('aborted', lost);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, text, body: parsed(text), headers: response.headers });
      });
    });
    sent.on('error', () => (sent.reusedSocket ? resolve('stale') : lost()));
    sent.end(JSON.stringify(json));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
