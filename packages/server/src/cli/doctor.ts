/** `palestra doctor`: what is wrong with this installation, in plain words, each with what to do next. */

import type { Command } from './command.js';
import { type Check, checks, type Finding } from './doctor-checks.js';

const marks = { ok: 'ok  ', warning: 'warn', failure: 'FAIL' } as const;

export const doctorCommand: Command = {
  usage: 'doctor',
  summary: 'Check database, migrations, keys and clock; exit code 1 on a failure',
  async run(context) {
    let failures = 0;
    for (const { name, run } of checks) {
      for (const { level, text, next } of await settled(run(context))) {
        context.print(`${marks[level]}  ${name}: ${text}`);
        if (next !== undefined) context.print(`      ${next}`);
        if (level === 'failure') failures += 1;
      }
    }
    return failures === 0 ? 0 : 1;
  },
};

/** A check that cannot be made is a failure that says why. */
async function settled(findings: ReturnType<Check['run']>): Promise<readonly Finding[]> {
  try {
    return await findings;
  } catch (error) {
    return [{ level: 'failure', text: error instanceof Error ? error.message : String(error) }];
  }
}
