/** Programs that are not npm packages: a suite that needs one is skipped by name where it is missing. */
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

export function findProgram(name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** `suite` with the path of the program; one pending test without it, a failed one if `REQUIRE_ALL=1` (as CI sets it). */
export function describeWithProgram(name: string, title: string, suite: (program: string) => void): void {
  const program = findProgram(name);
  describe(title, () => {
    if (program !== undefined) return suite(program);
    it(`is tested where ${name} is installed`, function () {
      if (process.env.REQUIRE_ALL === '1') throw new Error(`${name} is not installed, and REQUIRE_ALL=1 demands it.`);
      this.skip();
    });
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
