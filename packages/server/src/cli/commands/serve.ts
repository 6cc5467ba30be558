/** `palestra serve`: the stand-alone server, ended by SIGTERM or SIGINT. */

import cluster from 'node:cluster';
import type { Palestra, PalestraOptions } from '../../host/options.js';
import { serve as listen, type RunningServer } from '../../http/serve.js';
import type { FirstAccount } from '../../identity/index.js';
import { type Siblings, siblingsOf } from '../../workers/siblings.js';
import { Supervisor } from '../../workers/supervisor.js';
import { type Command, type CommandContext, command } from '../command.js';
import { workerCount } from '../environment.js';
import { UsageError } from '../errors.js';
import { assertFolders } from '../folders.js';
import { hostOf } from '../host.js';
import { untilSignal } from '../signals.js';

export const serve: Command = command({
  name: 'serve',
  summary: 'Serve the API until SIGTERM or SIGINT',
  details: 'HOST and PORT say where; `palestra doctor` lists all settings.',
  options: {
    workers: { value: 'N', description: 'Processes that serve the port, or auto; by default PALESTRA_WORKERS' },
  },
  run: async (context, { workers }) => {
    const siblings = siblingsOf(context.environment.all);
    if (siblings) return serveAsWorker(context, siblings);
    const count = workers === undefined ? context.environment.workers : workerCount.read(workers);
    if (count === undefined) throw new UsageError(`--workers must be ${workerCount.takes}.`);
    return count === 1 ? serveHost(context) : supervise(context, count);
  },
});

/** Milliseconds after a signal and the drain delay: a supervisor such as Docker kills what takes longer. */
const endMs = 10_000;
/** What the supervisor of workers adds, to hear of their end. */
const hearMs = 500;

interface ServeParts {
  readonly options?: Partial<PalestraOptions>;
  /** Called once it answers; its failure ends the server. */
  onServing?(server: RunningServer, palestra: Palestra): Promise<void>;
  /** Says where it serves; by default by printing it. */
  announce?(url: string): void;
}

export async function serveHost(context: CommandContext, parts: ServeParts = {}): Promise<number> {
  const { environment, log, print } = context;
  const { announce = (url: string) => urlLines(url).forEach(print) } = parts;
  const { host, port, drainDelay } = environment;
  assertFolders(environment);
  const signal = untilSignal(log, drainDelay + endMs);
  try {
    const onFirstAccount: PalestraOptions['onFirstAccount'] = (account) => firstAccountLines(account).forEach(print);
    const palestra = hostOf(context, { onFirstAccount, ...parts.options });
    const server = await listen(palestra, { host, port, drainDelay, log });
    try {
      await parts.onServing?.(server, palestra);
    } catch (error) {
      await server.close();
      throw error;
    }
    announce(server.url);
    const code = await signal.code;
    return await server.close().then(
      () => code,
      (err: unknown) => {
        log.error({ err }, 'The server did not end cleanly.');
        return 1;
      },
    );
  } finally {
    signal.forget();
  }
}

function urlLines(url: string): string[] {
  return [`Palestra serves on ${url}`, `Docs: ${url}/docs`];
}

async function serveAsWorker(context: CommandContext, siblings: Siblings): Promise<number> {
  const log = context.log.child({ worker: siblings.number });
  try {
    return await serveHost({ ...context, log }, { options: { siblings }, announce: (url) => siblings.serving(url) });
  } finally {
    // The channel to the supervisor would keep this process alive.
    cluster.worker?.disconnect();
  }
}

async function supervise({ environment, log, print }: CommandContext, count: number): Promise<number> {
  assertFolders(environment);
  const endWithinMs = environment.drainDelay + endMs + hearMs;
  const supervisor = new Supervisor({ count, log, endWithinMs });
  const signal = untilSignal(log, endWithinMs + hearMs);
  try {
    const started = await Promise.race([supervisor.start(), signal.code]);
    if (started === undefined) return supervisor.exitCode;
    if (typeof started === 'string') urlLines(started).forEach(print);
    const code = await signal.code;
    return Math.max(code, await supervisor.stop());
  } finally {
    signal.forget();
  }
}

/** The only time that a generated password is shown. */
function firstAccountLines({ username, password, generated }: FirstAccount): string[] {
  return [
    'First start: the account of the DBA was created. Its password is shown only now.',
    `  user name  ${username}`,
    `  password   ${generated ? password : '(as PALESTRA_DBA_PASSWORD says)'}`,
  ];
}
