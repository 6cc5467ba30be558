/** Requests of a workload without `wrk`: one to look at, or a fixed number where each takes long. */

import { Agent } from 'node:http';
import type { Contender } from './contender.js';
import { type Answer, type Sent, send } from './http.js';
import type { Figures } from './metrics.js';
import type { Workload } from './workloads.js';

export interface Request extends Sent {
  readonly path: string;
}

export function ask({ process: { url } }: Contender, request: Request): Promise<Answer> {
  return send(url + request.path, request);
}

/** So many, each filled with a number and a value of its own. */
export async function requestsOf(contender: Contender, workload: Workload, count: number): Promise<Request[]> {
  const { method, path, headers, body, values } = workload.request(contender);
  const given = (await values?.(count)) ?? [''];
  return Array.from({ length: count }, (_, index) => {
    const n = crypto.randomUUID();
    const value = given[index % given.length] ?? '';
    const fill = (text: string) => text.replaceAll(/\{n\}|\{uuid\}/g, n).replaceAll('{value}', value);
    const filled = Object.entries({ authorization: `Bearer ${contender.token}`, ...headers });
    return {
      method,
      path: fill(path),
      headers: Object.fromEntries(filled.map(([name, text]) => [name, fill(text)])),
      body: body && fill(body),
    };
  });
}

/** `count` requests over the workload's connections, each after the one before. @throws Error where an answer failed */
export async function runCounted(contender: Contender, workload: Workload, count: number): Promise<Figures> {
  const { connections = 1 } = workload;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const requests = (await requestsOf(contender, workload, count)).map((request) => ({ ...request, agent }));
  const cpu = contender.process.cpu();
  const started = performance.now();
  const next = requests.values();
  const line = async () => {
    for (const request of next) {
      const { status, text } = await ask(contender, request);
      if (status >= 400) throw new Error(`${workload.name} of ${contender.name}: ${status} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, line));
  agent.destroy();
  const seconds = (performance.now() - started) / 1000;
  return { cpu: (contender.process.cpu() - cpu) / count, rate: count / seconds };
}
