/** One host with the plugin in it, started, asked, stopped and started again; a verdict for each promise. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventRef, isJsonObject, type Migration, transactionEvents } from '@palestra/core';
import { pino } from 'pino';
import { didYouMean } from '../environment/did-you-mean.js';
import { startTestHost } from '../testing/host.js';
import type { TestHost } from '../testing/types.js';
import { answerChecks, refusesBadInput, refusesTheUnprivileged } from './answer-checks.js';
import { explain } from './explain.js';
import { createInsider } from './insider.js';
import { makeOtherTables, otherTableFaults } from './other-tables.js';
import { ownTables } from './own-tables.js';
import { forgetsPeople } from './personal-data-checks.js';
import { configOf, pluginsOf } from './plugin-set.js';
import { guardProcess, type ProcessGuard } from './process-guard.js';
import { takesQuotes } from './quote-checks.js';
import { type Caller, createCaller } from './requests.js';
import type { Subject, Verdict, Verdicts } from './types.js';
import { using } from './using.js';
import { isWanted } from './wanted.js';
import { type Watched, watch } from './watched-plugin.js';

const defaultStopWithinMs = 5_000;
const tablePrefix = 'kit_';

/** A check is made when it is taken, before the next one is looked for. */
type Entry = readonly [name: string, check: () => Verdict | Promise<Verdict>];

export async function runningChecks(subject: Subject): Promise<Verdicts> {
  const dataDir = await mkdtemp(join(tmpdir(), 'palestra-conform-'));
  const guard = guardProcess();
  const verdicts: (readonly [string, Verdict])[] = [];
  let started = false;
  try {
    for await (const [name, check] of entries(subject, dataDir, guard)) {
      started = true;
      if (isWanted(subject, name)) verdicts.push([name, await check()]);
    }
    const faults = guard.end();
    return isWanted(subject, guardsProcess) ? [...verdicts, [guardsProcess, faults]] : verdicts;
  } catch (error) {
    guard.end();
    return [...verdicts, [started ? 'runs' : 'starts', [explain(error)]]];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

const guardsProcess = 'neither crashes nor blocks the process';
const takesQuotesOf = 'takes quotes in every string';
const keepsPrefix = 'works under a table prefix, beside tables of the same names';

async function* entries(subject: Subject, dataDir: string, guard: ProcessGuard): AsyncGenerator<Entry> {
  const kit = createKit(subject, dataDir);
  const { watched, others } = kit;
  const secrets: string[] = secretSettings(subject);
  yield* onFirstHost(kit, guard, secrets);
  yield ['keeps to its own tables', () => foreignTables(subject, watched)];
  yield ['stops in time', () => stopFaults(watched)];
  yield ['starts again on what it left', () => startsAgain(kit)];
  if (isWanted(subject, takesQuotesOf) || isWanted(subject, keepsPrefix)) yield* onQuotedHost(kit, dataDir);
  yield [keepsPrefix, () => others.faults()];
  yield ['keeps secrets out of the log', () => leaks(kit.log.join(''), secrets)];
}

interface Kit {
  readonly subject: Subject;
  readonly watched: Watched;
  readonly others: Others;
  /** Lines that the hosts have logged. */
  readonly log: readonly string[];
  /** A host on the database of that name. */
  begin(folder: string): Promise<TestHost>;
  callerOf(host: TestHost): Caller;
}

function createKit(subject: Subject, dataDir: string): Kit {
  const watched = watch(subject.plugin, subject.stopWithinMs ?? defaultStopWithinMs);
  const insider = createInsider();
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => log.push(line) });
  const migrations = subject.compose().migrations();
  const others = besideOthers(
    migrations.flatMap((set) => set.migrations),
    (folder) => join(dataDir, folder),
  );
  return {
    subject,
    watched,
    others,
    log,
    begin: async (folder) =>
      startTestHost({
        database: await others.database(folder),
        tablePrefix,
        plugins: [...pluginsOf({ ...subject, plugin: watched.plugin }), insider.plugin],
        config: configOf(subject, subject.config),
        dataDir: join(dataDir, folder),
        log: logger,
      }),
    callerOf: (host) => createCaller({ host, insider, subject, log }),
  };
}

/** The fixtures are always sent: what they leave is what later checks look at. */
async function* onFirstHost(kit: Kit, guard: ProcessGuard, secrets: string[]): AsyncGenerator<Entry> {
  const { subject, watched } = kit;
  const host = await kit.begin('first');
  const caller = kit.callerOf(host);
  guard.watchLoop();
  const beside = askBeside(host);
  try {
    yield ['starts', () => []];
    yield ['subscribes to events that are emitted', () => unknownEvents(subject, watched)];
    for (const [name, verdict] of await answerChecks(subject, caller)) yield [name, () => verdict];
    yield ['refuses callers without the privilege', () => refusesTheUnprivileged(caller)];
    yield ['refuses bad input by the catalogue', () => refusesBadInput(caller)];
    const forgets = async () => forgetsPeople(subject, host, await caller.accounts.people());
    yield ['keeps nothing that names who was deleted', forgets];
    const faults = await beside.end();
    yield ['lets others answer meanwhile', () => faults];
    secrets.push(...caller.accounts.secrets());
  } finally {
    await beside.end();
    await host.stop();
  }
}

async function* onQuotedHost(kit: Kit, dataDir: string): AsyncGenerator<Entry> {
  // Making keys would hold the event loop.
  await cp(join(dataDir, 'first', 'keys'), join(dataDir, 'quoted', 'keys'), { recursive: true });
  const host = await kit.begin('quoted');
  try {
    yield [takesQuotesOf, () => takesQuotes(kit.subject, kit.callerOf(host), kit.watched)];
  } finally {
    await host.stop();
  }
}

/** Emitted by the plugin itself, its companions, or a built-in plugin. */
function unknownEvents(subject: Subject, { subscribed }: Watched): Verdict {
  const refs = pluginsOf(subject).flatMap(({ emits = [] }): readonly EventRef[] => emits);
  const emitted = [...refs, ...Object.values(transactionEvents)].map(({ name }: EventRef) => name);
  const unknown = [...subscribed].filter((name) => !emitted.includes(name));
  return unknown.map(
    (name) =>
      `No plugin emits ${name}.${didYouMean(name, emitted)} A plugin that emits it can be among the companions.`,
  );
}

interface Others {
  database(folder: string): Promise<string>;
  faults(): Promise<string[]>;
}

/** Databases of an app that has tables of the same names: SQL that misses the prefix fails there, or changes them. */
function besideOthers(migrations: readonly Migration[], folderOf: (folder: string) => string): Others {
  const made = new Set<string>();
  return {
    async database(folder: string): Promise<string> {
      const url = `sqlite:${join(folderOf(folder), 'test.sqlite')}`;
      if (!made.has(url)) await using(url, (database) => makeOtherTables(database, migrations));
      made.add(url);
      return url;
    },
    async faults(): Promise<string[]> {
      const faults = await Promise.all(
        [...made].map((url) => using(url, (database) => otherTableFaults(database, migrations, tablePrefix))),
      );
      return [...new Set(faults.flat())];
    },
  };
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
  const named = [...tables].map((table) => (table.startsWith(tablePrefix) ? table.slice(tablePrefix.length) : table));
  const foreign = named.filter((table) => !own.has(table));
  return foreign.map((table) => `It reads or writes the table ${table}, which is not its own: require a service.`);
}

function stopFaults(watched: Watched): Verdict {
  const fault = watched.stopFault();
  return fault === undefined ? [] : [`It did not stop: ${explain(fault)}`];
}

async function startsAgain(kit: Kit): Promise<Verdict> {
  try {
    const host = await kit.begin('first');
    try {
      return await answersAtAll(kit.callerOf(host));
    } finally {
      await host.stop();
    }
  } catch (error) {
    return [explain(error)];
  }
}

async function answersAtAll(caller: Caller): Promise<Verdict> {
  const faults: string[] = [];
  for (const operation of caller.operations) {
    const answer = await caller.send(operation, {});
    if (answer.status >= 500) {
      faults.push(`${operation.id} answers ${answer.status} after a restart${caller.reasonOf(answer)}.`);
    }
  }
  return faults;
}

function secretSettings({ plugin, config }: Subject): string[] {
  const properties = plugin.config?.properties ?? {};
  const values = Object.entries(isJsonObject(config) ? config : {}).filter(([name]) => properties[name]?.writeOnly);
  return values.flatMap(([, value]) => (typeof value === 'string' && value !== '' ? [value] : []));
}

function leaks(log: string, secrets: readonly string[]): Verdict {
  const count = secrets.filter((secret) => log.includes(secret)).length;
  return count === 0 ? [] : [`${count} of ${secrets.length} secrets (passwords, tokens, settings) are in the log.`];
}
