/** `palestra import FOLDER`: the data of an older system, a file of JSON lines for each collection. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type DataImportReport, importService } from '../../import/index.js';
import { type Command, type CommandContext, command } from '../command.js';
import { CommandError } from '../errors.js';
import { actorOf, withHost } from '../host.js';

export const importData: Command = command({
  name: 'import',
  summary: 'Import the data of an older system',
  details:
    'One JSON object per line in a file for each collection, such as gyms.jsonl; docs/moving-from-tnt-backend.md and docs/moving-from-starball.md describe them. A line that does not fit is reported and left out. A run that ended early is continued by the same command.',
  arguments: { folder: { description: 'Folder with the files' } },
  options: { 'dry-run': { description: 'Only report what does not fit' } },
  json: true,
  async run(context, { folder, 'dry-run': dryRun }) {
    const path = resolve(context.folder, folder);
    if (!(await stat(path).catch(() => undefined))?.isDirectory()) throw new CommandError(`${path} is not a folder.`);
    const report = await withHost(context, (palestra) =>
      palestra
        .service(importService)
        .run({ folder: path, actor: actorOf('import'), dryRun, progress: progressOn(context.terminal.stderr) }),
    );
    context.report(report, linesOf(report, dryRun));
    return report.collections.some(({ faults }) => faults > 0) ? 1 : 0;
  },
});

function linesOf({ collections, faults }: DataImportReport, dryRun: boolean): string[] {
  const told = faults.map(({ file, line, detail }) => `${file}:${line}: ${detail}`);
  const all = collections.reduce((sum, each) => sum + each.faults, 0);
  const more = all > faults.length ? [`… and ${all - faults.length} more`] : [];
  const done = dryRun ? 'fit' : 'imported';
  const counts = collections.map(
    ({ collection, imported, present, faults: wrong }) =>
      `${collection}: ${imported} ${done}, ${present} present, ${wrong} not fitting`,
  );
  return [...told, ...more, ...counts];
}

/** One line on a terminal, rewritten at most ten times a second; nothing elsewhere. */
function progressOn(stream: CommandContext['terminal']['stderr']): (collection: string, lines: number) => void {
  let shownAt = 0;
  return (collection, lines) => {
    if (!stream.isTTY || Date.now() - shownAt < 100) return;
    shownAt = Date.now();
    stream.write(`\r\u001b[K${collection}: ${lines} lines read`);
  };
}
