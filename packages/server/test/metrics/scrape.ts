/** Reads `/metrics` in tests. */
import type { TestHost } from '@palestra/server/testing';

/** Values by series, such as `palestra_request_seconds_count{operation="getGym",status="2xx"}`. */
export async function scrape(host: TestHost): Promise<Map<string, number>> {
  const { status, text } = await host.request('GET', '/metrics');
  if (status !== 200) throw new Error(`The metrics were answered ${status}: ${text}`);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** @throws Error after 10 s */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('It did not come about.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
