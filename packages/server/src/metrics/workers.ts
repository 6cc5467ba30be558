/**
 * The page of several workers behind one port: every series of each of them, with the worker's number as a label. Sums
 * would go back where a worker is replaced, and a lag that each of them reads in the database would count several times.
 */
import type { Siblings } from '../workers/siblings.js';
import type { Metrics } from './index.js';

export function metricsOfWorkers(metrics: Metrics, siblings: Siblings): Metrics {
  siblings.answer('metrics', () => metrics.text());
  return { ...metrics, text: async () => mergeTexts(await siblings.gather('metrics')) };
}

/**
 * Joins texts in the format of Prometheus, so that each metric has one HELP, one TYPE and the samples of all.
 * @param texts by the number of the worker; those of 0, the supervisor, get no label
 */
function mergeTexts(texts: ReadonlyMap<number, string>): string {
  const metrics = new Map<string, string[]>();
  for (const [worker, text] of texts) {
    for (const block of text.split(/\n(?=# HELP )/)) {
      const lines = block.split('\n').filter((line) => line !== '');
      const head = lines.filter((line) => line.startsWith('#')).join('\n');
      const samples = metrics.get(head) ?? [];
      metrics.set(head, samples);
      for (const line of lines) if (!line.startsWith('#')) samples.push(worker === 0 ? line : labelled(line, worker));
    }
  }
  return [...metrics].map(([head, samples]) => `${[head, ...samples].join('\n')}\n`).join('\n');
}

function labelled(sample: string, worker: number): string {
  const name = /^[\w:]+/.exec(sample)?.[0] ?? '';
  const rest = sample.slice(name.length);
  return rest.startsWith('{') ? `${name}{worker="${worker}",${rest.slice(1)}` : `${name}{worker="${worker}"}${rest}`;
}
