/** `palestra audit verify [LOG]`: whether the audit is what was written; 1 if it is not. */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Heads } from '../../audit/types.js';
import { linesOf } from '../../files/lines.js';
import { type Command, command } from '../command.js';
import { withHost } from '../host.js';

export const auditVerify: Command = command({
  name: 'audit verify',
  summary: 'Check that no entry of the audit was changed or deleted',
  details: 'With the log of an instance, also that the audit was not put back to an earlier state. Exit code 1 if so.',
  arguments: { log: { description: "Log of an instance, with the audit's anchors", optional: true } },
  json: true,
  async run(context, { log }) {
    const logged = log === undefined ? [] : await headsIn(resolve(context.folder, log));
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

/** The lines with `auditHeads`; the log has others too. */
async function headsIn(file: string): Promise<Heads[]> {
  const found: Heads[] = [];
  for await (const line of linesOf(createReadStream(file))) {
    if (!line.includes('"auditHeads"')) continue;
    const { auditHeads }: { auditHeads?: Heads } = JSON.parse(line.toString());
    if (auditHeads) found.push(auditHeads);
  }
  return found;
}
