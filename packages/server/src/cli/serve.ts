/** `palestra serve`: the stand-alone server, ended by SIGTERM or SIGINT. */
import { serve } from '../serve.js';
import { type Command, type CommandContext, hostOf } from './command.js';

export const serveCommand: Command = {
  usage: 'serve',
  summary: 'Serve the API (HOST, PORT, DATABASE_URL, …)',
  async run(context) {
    const { environment, log, print } = context;
    const palestra = hostOf(context, {
      onFirstAccount: ({ username, password, generated }) => {
        print('First start: this is the account of the DBA, shown only now.');
        print(`  user name  ${username}`);
        print(`  password   ${generated ? password : '(as PALESTRA_DBA_PASSWORD gives it)'}`);
      },
    });
    const server = await serve(palestra, { host: environment.host, port: environment.port, log });
    print(`Palestra serves on ${server.url}`);
    print(`Docs: ${server.url}/docs`);
    return ended(context, () => server.close());
  },
};

/** A terminal's Ctrl-C reaches the process twice, by itself and through npm; a later signal means now. */
const repeat = 500;

function ended({ log }: CommandContext, close: () => Promise<void>): Promise<number> {
  return new Promise((resolve) => {
    let since: number | undefined;
    const end = (code: number) => {
      if (since !== undefined) {
        if (Date.now() - since > repeat) process.exit(1);
        return;
      }
      since = Date.now();
      close().then(
        () => resolve(code),
        (err: unknown) => {
          log.error({ err }, 'The server did not end cleanly.');
          resolve(1);
        },
      );
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
