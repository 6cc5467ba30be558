/** How long others wait while a server does something else. */
import { type Sent, send } from './http.js';
import { percentile } from './statistics.js';

const probeEveryMs = 5;

interface Probe extends Partial<Sent> {
  readonly url: string;
  /** Milliseconds; wall time if left out. */
  readonly now?: () => number;
}

/** Sends a small request again and again until the other has ended: its result, and the probe's 99th percentile in ms. */
export async function probed<Result>(
  other: Promise<Result>,
  { url, now = () => performance.now(), method = 'GET', ...request }: Probe,
): Promise<{ result: Result; others: number }> {
  const times: number[] = [];
  let over = false;
  const asking = (async () => {
    while (!over) {
      const started = now();
      await send(url, { method, ...request });
      times.push(now() - started);
      await new Promise((resolve) => setTimeout(resolve, probeEveryMs));
    }
  })();
  const result = await other.finally(() => {
    over = true;
  });
  await asking;
  return { result, others: percentile(times, 0.99) };
}
