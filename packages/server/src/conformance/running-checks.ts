/** One host with the plugin in it, started, asked, stopped and started again; a verdict for each promise. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startTestHost } from '../testing/host.js';
import type { TestHost } from '../testing/types.js';
import { answerChecks, refusesBadInput, refusesTheUnprivileged } from './answer-checks.js';
import { explain } from './explain.js';
import { createInsider, type Insider } from './insider.js';
import { ownTables } from './own-tables.js';
import { configOf, pluginsOf } from './plugin-set.js';
import { guardProcess, type ProcessGuard } from './process-guard.js';
import { type Caller, createCaller } from './requests.js';
import type { Subject, Verdict, Verdicts } from './types.js';
import { type Watched, watch } from './watched-plugin.js';

const defaultStopWithinMs = 5_000;

type Entry = readonly [string, Verdict];

export async function runningChecks(subject: Subject): Promise<Verdicts> {
  const dataDir = await mkdtemp(join(tmpdir(), 'palestra-conform-'));
  const guard = guardProcess();
  const verdicts: Entry[] = [];
  try {
    for await (const entry of run(subject, dataDir, guard)) verdicts.push(entry);
    return [...verdicts, ['crashes and blocks nobody else', guard.end()]];
  } catch (error) {
    guard.end();
    return [...verdicts, [verdicts.length === 0 ? 'starts' : 'runs', [explain(error)]]];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function* run(subject: Subject, dataDir: string, guard: ProcessGuard): AsyncGenerator<Entry> {
  const watched = watch(subject.plugin, subject.stopWithinMs ?? defaultStopWithinMs);
  const insider = createInsider();
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => log.push(line) });
  const begin = () =>
    startTestHost({
      plugins: [...pluginsOf({ ...subject, plugin: watched.plugin }), insider.plugin],
      config: configOf(subject, subject.config),
      dataDir,
      log: logger,
    });
  const first = await begin();
  const caller = createCaller(first, insider, subject);
  guard.watchLoop();
  const beside = askBeside(first);
  yield ['starts', []];
  yield* await answerChecks(subject, caller);
  yield ['refuses whoever may not', await refusesTheUnprivileged(caller)];
  yield ['refuses bad input by the catalogue', await refusesBadInput(caller)];
  const others = await beside.end();
  await first.stop();
  yield ['keeps to its own tables', foreignTables(subject, watched)];
  yield ['lets others answer meanwhile', others];
  yield ['stops in time', stopFaults(watched)];
  yield ['starts again on what it left', await startsAgain(begin, insider, subject)];
  yield ['keeps secrets out of the log', leaks(log.join(''), [...caller.secrets(), ...secretSettings(subject)])];
}

/** Another plugin's operation, asked the whole time. */
function askBeside(host: TestHost): { end(): Promise<Verdict> } {
  const faults: string[] = [];
  let ended = false;
  const asking = (async () => {
    while (!ended) {
      const { status } = await host.request('GET', '/api/gpk').catch(() => ({ status: 0 }));
      if (status !== 200) faults.push(`GET /api/gpk of the host answered ${status || 'nothing'}.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    async end() {
      ended = true;
      await asking;
      return [...new Set(faults)];
    },
  };
}

function foreignTables({ plugin }: Subject, { tables }: Watched): Verdict {
  const own = ownTables(plugin.migrations ?? []);
  const foreign = [...tables].filter((table) => !own.has(table));
  return foreign.map((table) => `It reads or writes the table ${table}, which is not its own: require a service.`);
}

function stopFaults(watched: Watched): Verdict {
  const fault = watched.stopFault();
  return fault === undefined ? [] : [`It did not stop: ${explain(fault)}`];
}

async function startsAgain(begin: () => Promise<TestHost>, insider: Insider, subject: Subject): Promise<Verdict> {
  try {
    const host = await begin();
    const faults = await answersAtAll(createCaller(host, insider, subject));
    await host.stop();
    return faults;
  } catch (error) {
    return [explain(error)];
  }
}

async function answersAtAll(caller: Caller): Promise<Verdict> {
  const faults: string[] = [];
  for (const operation of caller.operations) {
    const { status } = await caller.send(operation, {});
    if (status >= 500) faults.push(`${operation.id} answers ${status} after a restart.`);
  }
  return faults;
}

function secretSettings({ plugin, config = {} }: Subject): string[] {
  const properties = (plugin.config?.properties ?? {}) as Readonly<Record<string, { readonly writeOnly?: boolean }>>;
  const values = Object.entries(config as Record<string, unknown>).filter(([name]) => properties[name]?.writeOnly);
  return values.flatMap(([, value]) => (typeof value === 'string' && value !== '' ? [value] : []));
}

function leaks(log: string, secrets: readonly string[]): Verdict {
  const count = secrets.filter((secret) => log.includes(secret)).length;
  return count === 0 ? [] : [`${count} of ${secrets.length} secrets (passwords, tokens, settings) are in the log.`];
}
