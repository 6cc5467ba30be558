/** The server that is fuzzed, in a process of its own: says where it is and who may call, and what nothing caught. */
import { accountsService, type Role } from '@palestra/core';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { stams } from '@palestra/plugin-stams';
import { team } from '@palestra/plugin-team';
import { transaction } from '@palestra/plugin-transaction';
import { startTestHost } from '@palestra/server/testing';
import { pino } from 'pino';

/** What `fuzz.ts` reads from this process's standard output, a line of JSON each. */
export type ServerLine =
  | { readonly ready: { readonly url: string; readonly tokens: Readonly<Record<string, string>> } }
  | { readonly uncaught: string }
  | { readonly failure: { readonly requestId: string; readonly err: unknown } };

const say = (line: ServerLine) => process.stdout.write(`${JSON.stringify(line)}\n`);

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) =>
    say({ uncaught: error instanceof Error ? (error.stack ?? '') : String(error) }),
  );
}

const log = pino(
  { level: 'error' },
  {
    write(line: string) {
      const { requestId, err, status } = JSON.parse(line);
      if (status === 500) say({ failure: { requestId, err } });
    },
  },
);

const plugins = [gym, merchandise, transaction, team, stams];
const host = await startTestHost({ plugins, log, checkAnswers: false, config: { stams: { registrationsPerHour: 0 } } });
const tokens: Record<string, string> = {};
for (const role of ['dba', 'system_admin', 'admin', 'operator', 'coach', 'player'] satisfies Role[]) {
  tokens[role] = (await host.account(role)).token;
}
const { machines } = host.palestra.service(accountsService);
tokens.secure_provisioner = (await machines.issue('secure_provisioner', 'fuzz')).token;
const registered = await host.request('POST', '/api/v1/register_stams', {
  token: tokens.secure_provisioner,
  json: { provisioning_uid: 'fuzz-1' },
});
tokens.stams_io = registered.body.stams_token;
say({ ready: { url: host.url, tokens } });

process.stdin.resume();
process.stdin.once('end', () => void host.stop().then(() => process.exit(0)));
