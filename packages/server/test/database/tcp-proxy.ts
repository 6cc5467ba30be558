/** A line to a database that can die in silence: what is sent is taken and acknowledged, and never arrives. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  /** The same database, through the proxy. */
  readonly url: string;
  /** How often a client has asked something and waited for the answer, on all connections together. */
  readonly roundTrips: number;
  /** From now on nothing arrives, in either direction, on old connections and on new ones. */
  swallow(): void;
  /** New connections work again; the old ones stay dead, half open. */
  heal(): void;
  close(): Promise<void>;
}

interface Line {
  readonly client: Socket;
  readonly server: Socket | undefined;
  dead: boolean;
  /** The client has the last answer. */
  answered: boolean;
}

/** `alter` changes what the database sends, without a change of its length. */
export async function startTcpProxy(
  databaseUrl: string,
  alter: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Promise<TcpProxy> {
  const target = new URL(databaseUrl);
  const lines = new Set<Line>();
  let silent = false;
  let roundTrips = 0;

  const listener = createServer((client) => {
    const server = silent ? undefined : connect(Number(target.port), target.hostname);
    const line: Line = { client, server, dead: silent, answered: false };
    lines.add(line);
    client.on('data', (bytes) => {
      if (line.answered) roundTrips += 1;
      line.answered = false;
      if (!line.dead) server?.write(bytes);
    });
    client.on('error', () => client.destroy());
    // A line that is dead tells the server nothing of its end.
    client.on('close', () => !line.dead && server?.destroy());
    server?.on('data', (bytes) => {
      line.answered = true;
      if (!line.dead) client.write(alter(bytes));
    });
    server?.on('error', () => client.destroy());
    server?.on('close', () => !line.dead && client.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.port = String(port);
  url.hostname = '127.0.0.1';

  return {
    url: url.href,
    get roundTrips() {
      return roundTrips;
    },
    swallow() {
      silent = true;
      for (const line of lines) line.dead = true;
    },
    heal() {
      silent = false;
    },
    async close() {
      listener.close();
      for (const { client, server } of lines) {
        client.destroy();
        server?.destroy();
      }
      await once(listener, 'close');
    },
  };
}
