/** `palestra demo`: a server to try, with people, gyms and a club in it, in a temporary folder. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DemoPerson } from '@palestra/core';
import { type Command, type CommandContext, command } from '../command.js';
import { fillDemo } from '../demo-host.js';
import { serveHost } from './serve.js';

export const demo: Command = command({
  name: 'demo',
  summary: 'Serve the API with data to try, which are gone at the end',
  details:
    'The data are in a temporary folder; DATABASE_URL and PALESTRA_DATA_DIR are not used. HOST and PORT say where to listen. The passwords are printed.',
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'palestra-demo-'));
    try {
      return await serveDemo(demoContext(context, folder));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

/** That of the examples in the documentation: only this machine reaches the demo. */
const knownPassword = 'only the gym knows it';
const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

type DemoContext = CommandContext & { readonly password: string };

function demoContext(context: CommandContext, folder: string): DemoContext {
  const { environment } = context;
  const password = loopback.has(environment.host) ? knownPassword : randomBytes(12).toString('base64url');
  const settings = {
    dataDir: folder,
    keysDir: join(folder, 'keys'),
    database: `sqlite:${join(folder, 'palestra.sqlite')}`,
    dbaUsername: 'dba',
    dbaPassword: password,
  } as const;
  return { ...context, password, environment: { ...environment, ...settings } };
}

function serveDemo(context: DemoContext): Promise<number> {
  const { file, password, print } = context;
  const notes: string[] = [];
  return serveHost(context, {
    options: { onFirstAccount: () => undefined },
    async onServing({ url }, palestra) {
      const people = await fillDemo({
        palestra,
        url,
        plugins: file.plugins,
        password,
        print: (line) => void notes.push(line),
      });
      for (const line of [...accountLines(people, password), ...notes]) print(line);
    },
  });
}

function accountLines(people: readonly DemoPerson[], password: string): string[] {
  return [
    `A demo: its data are gone when it ends. The password of everyone is: ${password}`,
    ...people.map(({ username, role }) => `  ${username.padEnd(14)}${role}`),
  ];
}
