/** `palestra user import FILE`: accounts of an older system, one JSON object a line; all of them or none. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { ImportRefused, type ImportReport, identityService } from '../identity/index.js';
import { type CommandContext, UsageError } from './command.js';
import { actorOf, withHost } from './with-host.js';

/** A list that nobody reads to the end helps nobody. */
const mostFaults = 50;

export async function importUsers(context: CommandContext, args: readonly string[]): Promise<number> {
  const [file, ...more] = args;
  if (file === undefined || more.length > 0) throw new UsageError('Usage: palestra user import FILE');
  if (!(await stat(file)).isFile()) throw new UsageError(`${file} is no file.`);
  try {
    const { imported, present } = await run(context, file);
    context.print(`Imported ${imported} accounts.${present > 0 ? ` ${present} were imported before.` : ''}`);
    return 0;
  } catch (error) {
    if (!(error instanceof ImportRefused)) throw error;
    const { faults } = error;
    for (const { line, detail } of faults.slice(0, mostFaults)) context.print(`${file}:${line}: ${detail}`);
    if (faults.length > mostFaults) context.print(`… and ${faults.length - mostFaults} more`);
    context.print(error.message);
    return 1;
  }
}

function run(context: CommandContext, file: string): Promise<ImportReport> {
  return withHost(context, (palestra) => {
    const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
    const { importAccounts } = palestra.service(identityService);
    return importAccounts({ lines, actor: actorOf('user import'), progress: progressOn(process.stderr) });
  });
}

/** One line on a terminal, rewritten at most ten times a second; nothing elsewhere. */
export function progressOn(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>,
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
