/** `palestra restore FILE`: the database becomes what a backup holds, if the backup is sound. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { identitiesOf } from '../../backup/encryption.js';
import { type BackupFacts, backupService } from '../../backup/types.js';
import type { Palestra } from '../../host/options.js';
import { accountAdministration } from '../../management/index.js';
import { type Command, type CommandContext, command } from '../command.js';
import { confirm } from '../confirm.js';
import { CommandError } from '../errors.js';
import { actorOf, withHost } from '../host.js';

export const restore: Command = command({
  name: 'restore',
  summary: 'Replace the database by a backup',
  details:
    'The backup is checked first, and what it replaces is written to a backup of its own. On a terminal the command shows what would be replaced, and asks.',
  arguments: { file: { description: 'A backup of this installation' } },
  options: {
    identity: {
      value: 'KEY_FILE',
      description: 'The secret key of age for an encrypted backup, as age-keygen writes it',
    },
    yes: { description: 'Do not ask' },
  },
  json: true,
  async run(context, { file, identity, yes }) {
    const path = resolve(context.folder, file);
    const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
      throw new CommandError(`${path} cannot be read (${error.code}).`);
    });
    try {
      const identities = identity === undefined ? [] : await readIdentities(resolve(context.folder, identity));
      return await withHost(context, async (palestra) => {
        const opened =
          identities.length > 0 ? await palestra.service(backupService).decrypt(handle, identities) : undefined;
        try {
          return await restoreFrom(context, palestra, { handle: opened?.file ?? handle, path, yes });
        } finally {
          await opened?.close();
        }
      });
    } finally {
      await handle.close();
    }
  },
});

async function restoreFrom(
  context: CommandContext,
  palestra: Palestra,
  { handle, path, yes }: { readonly handle: FileHandle; readonly path: string; readonly yes: boolean },
): Promise<number> {
  const backups = palestra.service(backupService);
  const facts = await backups.inspect(handle);
  if (context.terminal.stdin.isTTY && !yes && !(await agreed(context, palestra, facts))) {
    context.notice('Nothing was changed.');
    return 1;
  }
  const { path: copy } = await backups.keep();
  const createdAt = await replace(palestra, handle, path);
  context.report({ createdAt, copy }, [
    `The database is as it was at ${createdAt}. Everybody signs in again.`,
    `What it replaced is in ${copy}.`,
  ]);
  return 0;
}

async function readIdentities(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path} cannot be read (${error.code}).`);
  });
  try {
    return identitiesOf(text);
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}

async function replace(palestra: Palestra, handle: FileHandle, path: string): Promise<string> {
  const { createdAt } = await palestra.service(backupService).restore(handle);
  const event = { action: 'backup.restore', object: `file/${path}` };
  await palestra.service(accountAdministration).record(actorOf('restore'), event);
  return createdAt;
}

const mostTables = 15;

async function agreed(
  { notice, terminal }: CommandContext,
  palestra: Palestra,
  { createdAt, rows }: BackupFacts,
): Promise<boolean> {
  const current = await palestra.service(backupService).rows();
  const names = [...new Set([...Object.keys(current), ...Object.keys(rows)])].sort();
  const differing = names.filter((name) => (current[name] ?? 0) !== (rows[name] ?? 0));
  notice(`The backup was made at ${createdAt}. Rows of the tables that differ in number:`);
  notice(line('table', 'now', 'backup'));
  for (const name of differing.slice(0, mostTables)) notice(line(name, shown(current[name]), shown(rows[name])));
  if (differing.length > mostTables) notice(`  and ${differing.length - mostTables} more tables`);
  if (differing.length === 0) notice('  none');
  return confirm(`Replace ${shown(current.account)} accounts by ${shown(rows.account)}, and all other data?`, terminal);
}

function shown(count: number | undefined): string {
  return (count ?? 0).toLocaleString('en');
}

function line(name: string, now: string, then: string): string {
  return `  ${name.padEnd(30)}${now.padStart(12)}${then.padStart(12)}`;
}
