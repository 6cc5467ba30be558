/** `palestra user import FILE`: accounts of an older system, one JSON object a line; lines with a fault are named and left out. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { textLinesOf } from '../../files/lines.js';
import { type ImportReport, identityService } from '../../identity/index.js';
import { type Command, type CommandContext, command } from '../command.js';
import { CommandError } from '../errors.js';
import { actorOf, withHost } from '../host.js';

/** The first ones are enough to correct what wrote the file. */
const mostFaults = 50;

export const userImport: Command = command({
  name: 'user import',
  summary: 'Import the accounts of an older system',
  details:
    'One JSON object per line; docs/identity.md describes it. A line with a fault is named by its number and left out; exit code 1 if there is one.',
  arguments: { file: { description: 'File of JSON lines' } },
  options: { 'dry-run': { description: 'Name every fault and write nothing' } },
  json: true,
  async run(context, { file, 'dry-run': dryRun }) {
    const path = resolve(context.folder, file);
    if (!(await stat(path).catch(() => undefined))?.isFile()) throw new CommandError(`${path} is not a file.`);
    const { faults, ...counts } = await importFrom(context, path, dryRun);
    const before = counts.present > 0 ? ` ${counts.present} were imported before.` : '';
    const more = faults.length > mostFaults ? [`… and ${faults.length - mostFaults} more`] : [];
    const named = faults.slice(0, mostFaults).map(({ line, detail }) => `${file}:${line}: ${detail}`);
    const left = faults.length > 0 ? [`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} found.`] : [];
    const done = `${dryRun ? 'Would import' : 'Imported'} ${counts.imported} accounts.${before}`;
    context.report({ ...counts, faults }, [...named, ...more, ...left, done]);
    return faults.length > 0 ? 1 : 0;
  },
});

function importFrom(context: CommandContext, path: string, dryRun: boolean): Promise<ImportReport> {
  return withHost(context, (palestra) => {
    const lines = textLinesOf(createReadStream(path));
    const progress = progressOn(context.terminal.stderr);
    const { importAccounts } = palestra.service(identityService).registration;
    return importAccounts({ lines, actor: actorOf('user import'), dryRun, progress });
  });
}

/** One line on a terminal, rewritten at most ten times a second; nothing elsewhere. */
export function progressOn(
  stream: CommandContext['terminal']['stderr'],
  now: () => number = Date.now,
): (done: number, total: number) => void {
  if (!stream.isTTY) return () => undefined;
  const startedAt = now();
  let shownAt = 0;
  return (done, total) => {
    const at = now();
    if (done < total && at - shownAt < 100) return;
    shownAt = at;
    const left = Math.ceil((((at - startedAt) / done) * (total - done)) / 1000);
    const end = done === total ? '\n' : '';
    stream.write(`\r\u001b[KWrapping passwords: ${done} of ${total}, ${left} s left${end}`);
  };
}
