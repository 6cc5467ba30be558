/** How long others wait while a server does something else. */

import { type Sent, send } from './http.js';
import type { MeasuredProcess } from './processes.js';
import { percentile } from './statistics.js';

const probeEveryMs = 5;

interface Probe extends Partial<Sent> {
  readonly path: string;
}

/** Milliseconds from a small request to its answer, 99 of 100 times at most. */
export interface Wait {
  /**
   * What the server's main thread computes meanwhile. On a machine that does nothing else it is how long the request waits;
   * it can be measured on one that does, where threads wait for a processor.
   */
  readonly others: number;
  readonly clock: number;
}

/** Again where a server that was held for seconds has closed the connection meanwhile. */
async function answered(url: string, request: Sent): Promise<void> {
  try {
    await send(url, request);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    await answered(url, request);
  }
}

/** Sends a small request again and again until `other` has ended. */
export async function probed<Result>(
  server: Pick<MeasuredProcess, 'url' | 'mainCpu'>,
  other: Promise<Result>,
  { path, method = 'GET', ...request }: Probe,
): Promise<{ result: Result; wait: Wait }> {
  const computed: number[] = [];
  const passed: number[] = [];
  let over = false;
  const asking = (async () => {
    while (!over) {
      const [cpu, started] = [server.mainCpu(), performance.now()];
      await answered(server.url + path, { method, ...request });
      passed.push(performance.now() - started);
      computed.push((server.mainCpu() - cpu) / 1000);
      await new Promise((resolve) => setTimeout(resolve, probeEveryMs));
    }
  })();
  // Awaited below, once the other has ended.
  asking.catch(() => undefined);
  const result = await other.finally(() => {
    over = true;
  });
  await asking;
  return { result, wait: { others: percentile(computed, 0.99), clock: percentile(passed, 0.99) } };
}
