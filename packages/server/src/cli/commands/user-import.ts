/** `palestra user import FILE`: accounts of an older system, one JSON object a line; all of them or none. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ImportRefused, type ImportReport, identityService } from '../../identity/index.js';
import { type Command, type CommandContext, command } from '../command.js';
import { CommandError } from '../errors.js';
import { actorOf, withHost } from '../host.js';

/** The first ones are enough to mend what wrote the file. */
const mostFaults = 50;

export const userImport: Command = command({
  name: 'user import',
  summary: 'Import the accounts of an older system',
  details: 'One JSON object per line; docs/identity.md describes it. Either all accounts are imported or none.',
  arguments: { file: { description: 'File of JSON lines' } },
  json: true,
  async run(context, { file }) {
    const path = resolve(context.folder, file);
    if (!(await stat(path).catch(() => undefined))?.isFile()) throw new CommandError(`${path} is not a file.`);
    try {
      const report = await importFrom(context, path);
      const before = report.present > 0 ? ` ${report.present} were imported before.` : '';
      context.report(report, [`Imported ${report.imported} accounts.${before}`]);
      return 0;
    } catch (error) {
      if (!(error instanceof ImportRefused)) throw error;
      const { faults, message } = error;
      const more = faults.length > mostFaults ? [`… and ${faults.length - mostFaults} more`] : [];
      const lines = faults.slice(0, mostFaults).map(({ line, detail }) => `${file}:${line}: ${detail}`);
      context.report({ imported: 0, faults }, [...lines, ...more, message]);
      return 1;
    }
  },
});

function importFrom(context: CommandContext, path: string): Promise<ImportReport> {
  return withHost(context, (palestra) => {
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
    const progress = progressOn(context.terminal.stderr);
    return palestra.service(identityService).importAccounts({ lines, actor: actorOf('user import'), progress });
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
