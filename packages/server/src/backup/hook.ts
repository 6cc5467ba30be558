/**
 * The operator's program for finished backups, such as one that uploads them. It is run without a shell: the path is its
 * only argument, and what it needs to know is in its environment.
 */
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Logger } from 'pino';
import type { Database } from '../database/types.js';
import type { Audit } from '../plugin/audit.js';
import type { Counter } from '../plugin/metrics.js';
import type { HookEnd, MadeBackup } from './types.js';

export interface HookOptions {
  readonly program: string;
  readonly timeoutMs: number;
  readonly database: Database;
  readonly audit: Audit;
  readonly failures: Counter<never>;
  readonly log: Logger;
}

export interface Hook {
  /** Never rejects for what the program does. */
  run(path: string, made: MadeBackup): Promise<HookEnd>;
  /** Ends what runs, and waits until that is recorded. */
  stop(): Promise<void>;
}

const keptOutput = 2_000;
/** Between SIGTERM and SIGKILL. */
const graceMs = 5_000;

export function createHook(options: HookOptions): Hook {
  const { program, database, audit, failures, log } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();

  async function runOne(path: string, made: MadeBackup): Promise<HookEnd> {
    const begun = performance.now();
    const { output, ...end } = await spawned(options, stopping.signal, path, made);
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    const facts = { hook: program, file: path, status: end.status, seconds, output };
    if (end.ok) log.info(facts, 'The hook for finished backups has run.');
    else log.error(facts, 'The hook for finished backups failed.');
    if (!end.ok) failures.increment();
    const event = {
      action: 'backup.hook',
      object: `backup/${basename(path)}`,
      detail: { hook: program, status: end.status },
    };
    await database.unitOfWork((unit) => audit.record(unit, { program: 'backup hook' }, event));
    return { ...end, seconds };
  }

  return {
    run(path, made) {
      const run = runOne(path, made);
      const settled = run.catch(() => undefined).finally(() => running.delete(settled));
      running.add(settled);
      return run;
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

interface Run extends Omit<HookEnd, 'seconds'> {
  /** The end of what it wrote. */
  readonly output: string;
}

function spawned(
  { program, timeoutMs }: HookOptions,
  stopping: AbortSignal,
  path: string,
  made: MadeBackup,
): Promise<Run> {
  return new Promise((resolve) => {
    let output = '';
    let reason: string | undefined;
    // A group of its own, so that what it has started ends with it.
    const child = spawn(program, [path], {
      shell: false,
      detached: true,
      env: environmentFor(path, made),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const take = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-keptOutput);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);

    const signal = (name: NodeJS.Signals) => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, name);
      } catch {
        // It has ended.
      }
    };
    let killing: NodeJS.Timeout | undefined;
    const end = (why: string) => {
      reason ??= why;
      signal('SIGTERM');
      killing ??= setTimeout(() => signal('SIGKILL'), graceMs);
    };
    const limit = setTimeout(() => end(`no end after ${timeoutMs / 1000} s`), timeoutMs);
    const stop = () => end('the server stopped');
    if (stopping.aborted) stop();
    stopping.addEventListener('abort', stop);

    const settle = (status: string) => {
      clearTimeout(limit);
      clearTimeout(killing);
      stopping.removeEventListener('abort', stop);
      resolve({ ok: reason === undefined && status === 'exit 0', status: reason ?? status, output: output.trim() });
    };
    child.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    child.once('close', (code, name) => settle(code === null ? String(name) : `exit ${code}`));
  });
}

/** That of the server without the server's own settings, which hold its secrets. */
function environmentFor(path: string, { sha256, bytes, createdAt }: MadeBackup): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(PALESTRA_|DATABASE_URL)/.test(name));
  return {
    ...Object.fromEntries(others),
    BACKUP_FILE: path,
    BACKUP_SHA256: sha256,
    BACKUP_BYTES: String(bytes),
    BACKUP_CREATED_AT: createdAt,
  };
}
