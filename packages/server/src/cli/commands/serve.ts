/** `palestra serve`: the stand-alone server, ended by SIGTERM or SIGINT. */

import type { Palestra, PalestraOptions } from '../../host/options.js';
import { serve as listen, type RunningServer } from '../../http/serve.js';
import type { FirstAccount } from '../../identity/index.js';
import { type Command, type CommandContext, command } from '../command.js';
import { assertFolders } from '../folders.js';
import { hostOf } from '../host.js';
import { untilSignal } from '../signals.js';

export const serve: Command = command({
  name: 'serve',
  summary: 'Serve the API until SIGTERM or SIGINT',
  details: 'HOST and PORT say where; `palestra doctor` lists all settings.',
  run: (context) => serveHost(context),
});

/** Milliseconds after a signal and the drain delay: a supervisor such as Docker kills what takes longer. */
const endMs = 10_000;

/** `onServing` is called once it answers; its failure ends the server. */
export async function serveHost(
  context: CommandContext,
  options: Partial<PalestraOptions> = {},
  onServing: (server: RunningServer, palestra: Palestra) => Promise<void> = async () => undefined,
): Promise<number> {
  const { environment, log, print } = context;
  const { host, port, drainDelay } = environment;
  assertFolders(environment);
  const signal = untilSignal(log, drainDelay + endMs);
  try {
    const onFirstAccount: PalestraOptions['onFirstAccount'] = (account) => firstAccountLines(account).forEach(print);
    const palestra = hostOf(context, { onFirstAccount, ...options });
    const server = await listen(palestra, { host, port, drainDelay, log });
    try {
      await onServing(server, palestra);
    } catch (error) {
      await server.close();
      throw error;
    }
    print(`Palestra serves on ${server.url}`);
    print(`Docs: ${server.url}/docs`);
    const code = await signal.code;
    return await server.close().then(
      () => code,
      (err: unknown) => {
        log.error({ err }, 'The server did not end cleanly.');
        return 1;
      },
    );
  } finally {
    signal.forget();
  }
}

/** The only time that a generated password is shown. */
function firstAccountLines({ username, password, generated }: FirstAccount): string[] {
  return [
    'First start: the account of the DBA was created. Its password is shown only now.',
    `  user name  ${username}`,
    `  password   ${generated ? password : '(as PALESTRA_DBA_PASSWORD says)'}`,
  ];
}
