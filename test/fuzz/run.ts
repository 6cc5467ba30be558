/** `npm run fuzz [-- --seed 1 --requests 50000]`: prints its seed and what it found; the exit code is 1 if that is anything. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type FuzzReport, fuzz } from './fuzz.js';

const mostGrowth = 50 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    requests: { type: 'string', default: '50000' },
  },
});
console.log(`seed ${values.seed}`);
const report = await fuzz({ seed: Number(values.seed), requests: Number(values.requests) });
print(report);
const growth = report.rss.after - report.rss.before;
process.exitCode = report.findings.length + report.uncaught.length > 0 || growth > mostGrowth ? 1 : 0;

function print({ requests, statuses, reached, unreached, findings, uncaught, rss }: FuzzReport): void {
  for (const { what, times, request, answer, cause } of findings) {
    console.log(`${times} × ${what}`);
    console.log(`  ${JSON.stringify(request).slice(0, 1500)}`);
    console.log(`  ${answer}`);
    if (cause !== undefined) console.log(`  ${JSON.stringify(cause).slice(0, 1500)}`);
  }
  for (const text of uncaught) console.log(`uncaught: ${text}`);
  const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;
  console.log(`${requests} requests, by status ${JSON.stringify(statuses)}`);
  console.log(`${reached.length} operations answered a success; not: ${unreached.join(', ')}`);
  console.log(`memory ${megabytes(rss.before)}, then ${megabytes(rss.after)}; ${findings.length} findings`);
}
