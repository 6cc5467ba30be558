/** `palestra audit verify [LOG]`: whether the audit is what was written; 1 if it is not. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isJsonObject, parseJsonOrUndefined } from '@palestra/core';
import type { Heads } from '../../audit/types.js';
import { linesOf } from '../../files/lines.js';
import { type Command, type CommandContext, command } from '../command.js';
import { CommandError } from '../errors.js';
import { withHost } from '../host.js';

export const auditVerify: Command = command({
  name: 'audit verify',
  summary: 'Check that no entry of the audit was changed or deleted',
  details: 'With the log of an instance, also that the audit was not put back to an earlier state. Exit code 1 if so.',
  arguments: { log: { description: "Log of an instance, with the audit's anchors", optional: true } },
  json: true,
  async run(context, { log }) {
    const logged = log === undefined ? [] : await headsIn(context, log);
    const { chains, entries, faults } = await withHost(context, (palestra) => palestra.audit().verify(logged));
    const compared = log === undefined ? '' : ` Compared with ${count(logged.length, 'anchor')} of ${log}.`;
    const verdict = faults.length === 0 ? 'Nothing was changed' : `${count(faults.length, 'fault')} found`;
    context.report({ entries, chains, anchors: logged.length, faults }, [
      ...faults,
      `${verdict} in ${count(entries, 'entry', 'entries')} of ${count(chains, 'chain')}.${compared}`,
    ]);
    return faults.length === 0 ? 0 : 1;
  },
});

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** The lines with `auditHeads`; the log has others too. One that is cut off, as by a rotation, is named and left out. */
async function headsIn({ folder, notice }: CommandContext, log: string): Promise<Heads[]> {
  const file = resolve(folder, log);
  if (!(await stat(file).catch(() => undefined))?.isFile()) throw new CommandError(`${file} is not a file.`);
  const found: Heads[] = [];
  let number = 0;
  for await (const line of linesOf(createReadStream(file))) {
    number += 1;
    if (!line.includes('"auditHeads"')) continue;
    const entry = parseJsonOrUndefined(line.toString());
    if (!isJsonObject(entry)) notice(`${log}:${number}: is not a whole line of JSON, and was left out.`);
    else if (isJsonObject(entry.auditHeads)) found.push(entry.auditHeads as Heads);
  }
  return found;
}
