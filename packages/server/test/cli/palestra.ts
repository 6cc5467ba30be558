/** Runs `palestra` in this process, in a folder with a configuration file: parsing, settings, help and exit codes included. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { commands } from '../../src/cli/commands.js';
import { runPalestra } from '../../src/cli/run.js';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Installation {
  readonly dataDir: string;
  readonly database: string;
  /** Of `palestra.config.mjs`. */
  readonly config?: string;
}

export interface RunOptions {
  /** On standard input, which is a terminal's if `terminal` says so. */
  readonly input?: string;
  readonly terminal?: true;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Palestra {
  (args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Where it runs. */
  readonly folder: string;
}

/** `palestra` for one installation, and what takes its folder away again. */
export async function createPalestraCommand(installation: Installation): Promise<[Palestra, () => Promise<void>]> {
  const { dataDir, database, config = 'export const plugins = [];\n' } = installation;
  const folder = await mkdtemp(join(tmpdir(), 'palestra-cli-'));
  await writeFile(join(folder, 'palestra.config.mjs'), config);
  const settings = { PALESTRA_DATA_DIR: dataDir, DATABASE_URL: database, PALESTRA_LOG_LEVEL: 'warn' };
  const run = (args: readonly string[], options: RunOptions = {}) =>
    runIn(folder, args, { ...options, env: { ...settings, ...options.env } });
  return [Object.assign(run, { folder }), () => rm(folder, { recursive: true })];
}

export async function runIn(folder: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const stdin = options.terminal ? typing(options.input ?? '') : Readable.from(options.input ? [options.input] : []);
  const terminal = { stdin, stdout, stderr };
  const code = await runPalestra(args, { environment: options.env ?? {}, folder, terminal }, commands);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Collected extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Somebody at a terminal, who has typed ahead. */
function typing(text: string): PassThrough & { readonly isTTY: boolean } {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  stdin.write(text);
  return stdin;
}
