/** How long others wait while a server does something else. */
import { type Sent, send } from './http.js';
import { percentile } from './statistics.js';

const probeEveryMs = 5;

/** Sends a small request again and again until the other has ended: its result, and the probe's 99th percentile in ms. */
export async function probed<Result>(
  other: Promise<Result>,
  url: string,
  request: Sent = { method: 'GET' },
): Promise<{ result: Result; others: number }> {
  const times: number[] = [];
  let over = false;
  const asking = (async () => {
    while (!over) {
      const started = performance.now();
      await send(url, request);
      times.push(performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, probeEveryMs));
    }
  })();
  const result = await other.finally(() => {
    over = true;
  });
  await asking;
  return { result, others: percentile(times, 0.99) };
}
