/** For commands that change something: the host's own parts, beside a server that runs or none, without its background. */

import type { Palestra } from '../host/options.js';
import type { AuditActor } from '../plugin/audit.js';
import { type CommandContext, hostOf } from './command.js';

export async function withHost<Result>(
  context: CommandContext,
  work: (palestra: Palestra) => Promise<Result>,
): Promise<Result> {
  const palestra = hostOf(context, { background: false });
  await palestra.start();
  try {
    return await work(palestra);
  } finally {
    await palestra.stop();
  }
}

/** How the audit names a command. */
export function actorOf(command: string): AuditActor {
  return { program: `palestra ${command}` };
}
