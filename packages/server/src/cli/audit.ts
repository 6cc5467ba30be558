/** `palestra audit verify [LOG]`: whether the audit is what was written; 1 if it is not. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Heads } from '../audit/index.js';
import { type Command, UsageError } from './command.js';
import { withHost } from './with-host.js';

const usage = 'audit verify [LOG]';

export const auditCommand: Command = {
  usage,
  summary: "Check that the audit is whole, also against the heads in an instance's log",
  async run(context) {
    const [verb, log, ...rest] = context.args;
    if (verb !== 'verify' || rest.length > 0) throw new UsageError(`Usage: palestra ${usage}`);
    const logged = log === undefined ? [] : await headsIn(log);
    const { chains, entries, faults } = await withHost(context, (palestra) => palestra.audit().verify(logged));
    for (const fault of faults) context.print(fault);
    const held = log === undefined ? '' : `, held against ${logged.length} anchors of ${log}`;
    const verdict = faults.length === 0 ? 'nothing was changed' : `${faults.length} faults`;
    context.print(`${entries} entries in ${chains} chains${held}: ${verdict}.`);
    return faults.length === 0 ? 0 : 1;
  },
};

/** The lines with `auditHeads`; others are none of ours. */
async function headsIn(file: string): Promise<Heads[]> {
  const found: Heads[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!line.includes('"auditHeads"')) continue;
    const { auditHeads } = JSON.parse(line) as { auditHeads?: Heads };
    if (auditHeads) found.push(auditHeads);
  }
  return found;
}
