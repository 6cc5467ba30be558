/** `palestra serve`: the stand-alone server, ended by SIGTERM or SIGINT. */
import type { Logger } from 'pino';
import { serve } from '../http/serve.js';
import { type Command, hostOf } from './command.js';

export const serveCommand: Command = {
  usage: 'serve',
  summary: 'Serve the API (HOST, PORT, DATABASE_URL, …)',
  async run(context) {
    const { environment, log, print } = context;
    const ending = onSignal(log);
    const palestra = hostOf(context, {
      onFirstAccount: ({ username, password, generated }) => {
        print('First start: this is the account of the DBA, shown only now.');
        print(`  user name  ${username}`);
        print(`  password   ${generated ? password : '(as PALESTRA_DBA_PASSWORD gives it)'}`);
      },
    });
    const server = await serve(palestra, {
      host: environment.host,
      port: environment.port,
      drainDelay: environment.drainDelay,
      log,
    });
    print(`Palestra serves on ${server.url}`);
    print(`Docs: ${server.url}/docs`);
    const code = await ending;
    return server.close().then(
      () => code,
      (err: unknown) => {
        log.error({ err }, 'The server did not end cleanly.');
        return 1;
      },
    );
  },
};

/** A terminal's Ctrl-C reaches the process twice, by itself and through npm; a later signal means now. */
const repeat = 500;

/** The exit code that a signal, or an error nobody caught, asks for. Heard from the first moment on. */
function onSignal(log: Logger): Promise<number> {
  return new Promise((resolve) => {
    let since: number | undefined;
    const end = (code: number) => {
      if (since !== undefined && Date.now() - since > repeat) process.exit(1);
      since ??= Date.now();
      resolve(code);
    };
    process.on('SIGTERM', () => end(0));
    process.on('SIGINT', () => end(0));
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (err: unknown) => {
        log.fatal({ err }, 'The server ends after an error that nothing caught.');
        end(1);
      });
    }
  });
}
