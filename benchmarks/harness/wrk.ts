/** Load from `wrk`, which costs little beside the servers it measures; its scripts are in the folder `wrk`. */

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Contender, Template } from './contender.js';
import type { Figures } from './metrics.js';
import { cpuOf } from './processes.js';
import type { Workload } from './workloads.js';

export interface Load {
  readonly seconds: number;
  /** For files that scripts read. */
  readonly folder: string;
  readonly databasePid: number | undefined;
}

const scriptOf = (name: string): string => fileURLToPath(new URL(`./wrk/${name}.lua`, import.meta.url));
const defaultConnections = 32;

/** So many sign-ins a second no server reaches here. */
const valuesASecond = 250;

/** CPU is in microseconds a request (of a purchase: all three), the rate a second. @throws Error where an answer failed */
export async function runWrk(contender: Contender, workload: Workload, load: Load): Promise<Figures> {
  return (await prepareWrk(contender, workload, load))();
}

/** To seal the values of sign-ins takes this process longer than to send them: before it measures anything. */
export async function prepareWrk(
  contender: Contender,
  workload: Workload,
  load: Load,
): Promise<() => Promise<Figures>> {
  const { process: server } = contender;
  const template = workload.request(contender);
  const headers = Object.entries({ authorization: `Bearer ${contender.token}`, ...template.headers });
  const script = await scriptFor(contender, workload, template, headers, load);
  const args = [
    `-t${workload.threads ?? 1}`,
    `-c${workload.connections ?? defaultConnections}`,
    `-d${load.seconds}s`,
    '--timeout',
    '30s',
  ];
  const fixed = script.length === 0 ? headers.flatMap(([name, value]) => ['-H', `${name}: ${value}`]) : [];
  const target = [server.url + template.path, ...script.slice(2)];
  return () => measured(contender, workload, load, [...args, ...fixed, ...script.slice(0, 2), ...target]);
}

async function measured(
  { name, process: server }: Contender,
  workload: Workload,
  { seconds, databasePid }: Load,
  args: readonly string[],
): Promise<Figures> {
  const cpuOfBoth = () => [server.cpu(), databasePid === undefined ? 0 : cpuOf(databasePid)] as const;
  const [cpu, databaseCpu] = cpuOfBoth();
  const output = await wrk(args);
  const answered = Number(/(\d+) requests in/.exec(output)?.[1]) / (workload.requests ?? 1);
  const failed = /Non-2xx.*|Socket errors.*/.exec(output)?.[0];
  if (failed) throw new Error(`${workload.name} of ${name}: ${failed}`);
  const [cpuAfter, databaseCpuAfter] = cpuOfBoth();
  return {
    cpu: (cpuAfter - cpu) / answered,
    ...(databasePid !== undefined && { databaseCpu: (databaseCpuAfter - databaseCpu) / answered }),
    rate: answered / seconds,
  };
}

async function wrk(args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)('wrk', args)).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('wrk is not installed: apt-get install wrk', { cause: error });
  }
}

/** `-s`, the script, `--`, and its arguments; nothing for a plain GET. */
async function scriptFor(
  contender: Contender,
  workload: Workload,
  template: Template,
  headers: readonly (readonly [string, string])[],
  { seconds, folder }: Load,
): Promise<string[]> {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  if (workload.requests !== undefined) {
    const folder = dirname(template.path);
    return ['-s', scriptOf('purchase'), '--', contender.offers.join(), contender.buyers.join(), folder, ...lines];
  }
  if (template.body === undefined && template.values === undefined) return [];
  const file = template.values ? join(folder, `${contender.name}-values`) : '';
  if (template.values) await writeFile(file, (await template.values(seconds * valuesASecond)).join('\n'));
  return ['-s', scriptOf('requests'), '--', template.method, template.path, template.body ?? '', file, ...lines];
}
