/** What operations and commands do with backups: one at a time, and a restore with everything else out of service. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, catalogue, PalestraError } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Pause } from '../plugin/host-part.js';
import type { Counter } from '../plugin/metrics.js';
import type { PluginHost } from '../plugin/plugin.js';
import { decryptBackup, isEncrypted } from './encryption.js';
import type { BackupFolder } from './folder.js';
import type { Hook } from './hook.js';
import { forget } from './retention.js';
import type { BackupState } from './state.js';
import type { BackupService, Backups, MadeBackup, MakeOptions, ReadableBackup } from './types.js';

/** @throws PalestraError `conflict` (409, Retry-After) while another one runs */
export type Alone = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** What must not happen beside a backup or a restore. */
interface Exclusion {
  /** No other backup or restore. */
  readonly alone: Alone;
  /** No requests, until the work is done. */
  readonly pause: Pause;
  /** @throws PalestraError `conflict` where other instances would write into what is restored */
  assertNoOthers(): Promise<void>;
}

export interface ServiceOptions {
  readonly backups: Backups;
  readonly folder: BackupFolder;
  readonly state: BackupState;
  readonly keys: KeyRing<SecretKey>;
  readonly configured: {
    /** Of backups that name none. */
    readonly recipients: readonly string[];
    readonly hook: Hook | undefined;
  };
  readonly failures: Counter<never>;
  readonly exclusion: Exclusion;
  readonly host: Pick<PluginHost, 'clock' | 'inSpan'>;
}

export function createService(options: ServiceOptions): Omit<BackupService, 'makeDue'> {
  const { backups, folder, state, keys, configured, failures } = options;
  const { alone, pause, assertNoOthers } = options.exclusion;
  const { clock, inSpan } = options.host;

  async function create(path: string, { recipients = configured.recipients }: MakeOptions = {}): Promise<MadeBackup> {
    const made = await inSpan({ name: 'backup.create' }, () => backups.create(path, { recipients }));
    await state.set('made', { at: Date.parse(made.createdAt), bytes: made.bytes });
    return made;
  }

  async function counted<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      failures.increment();
      throw error;
    }
  }

  async function restore(file: FileHandle): Promise<{ createdAt: string }> {
    const checked = await backups.check(file, await folder.stage(clock.now()));
    try {
      await pause(() => checked.switchOver());
    } finally {
      await checked.discard();
    }
    return { createdAt: checked.manifest.createdAt };
  }

  return {
    create: (path, given) => alone(() => counted(() => create(path, given))),
    keep: () =>
      alone(() =>
        counted(async () => {
          const path = await folder.newPath(clock.now());
          return { path, ...(await create(path)) };
        }),
      ),
    runHook: async (path, made) => configured.hook?.run(path, made),
    decrypt: (file, identities) => decrypted(file, identities, folder, clock),
    forget: (path, retention, { dryRun = false } = {}) => forget({ folder: path, retention, keys, dryRun }),
    inspect: (file) => backups.inspect(file),
    rows: () => backups.rows(),
    restore: (file) =>
      alone(async () => {
        await assertNoOthers();
        return inSpan({ name: 'backup.restore' }, () => restore(file));
      }),
  };
}

async function decrypted(
  file: ReadableBackup['file'],
  identities: readonly string[],
  folder: BackupFolder,
  clock: Clock,
): Promise<ReadableBackup> {
  if (!(await isEncrypted(file))) return { file, close: async () => undefined };
  const plain = join(await folder.stage(clock.now()), `restore-${randomBytes(8).toString('hex')}.plain.partial`);
  try {
    await decryptBackup(file, identities, plain);
    const handle = await open(plain, 'r');
    return {
      file: handle,
      async close() {
        await handle.close();
        await rm(plain, { force: true });
      },
    };
  } catch (error) {
    await rm(plain, { force: true });
    throw error;
  }
}

export function oneAtATime(): Alone {
  let busy = false;
  return async (work) => {
    if (busy) {
      throw new PalestraError(catalogue.conflict, 'A backup or a restore is running. Send the request again later.', {
        headers: { 'retry-after': '5' },
      });
    }
    busy = true;
    try {
      return await work();
    } finally {
      busy = false;
    }
  };
}
