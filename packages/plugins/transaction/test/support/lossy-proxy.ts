/** A TCP proxy that loses replies: the server has done its work, its caller hears nothing. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface LossyProxy {
  readonly url: string;
  /** Replies lost so far. */
  readonly lost: number;
  close(): Promise<void>;
}

/** Cuts the connection instead of passing on a reply, in so many of a hundred cases. */
export async function startLossyProxy(target: string, percent: number, random: () => number): Promise<LossyProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let lost = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    sockets.add(client).add(upstream);
    const cut = () => {
      client.destroy();
      upstream.destroy();
      sockets.delete(client);
      sockets.delete(upstream);
    };
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      if (random() * 100 < percent) {
        lost += 1;
        cut();
      } else client.write(chunk);
    });
    for (const socket of [client, upstream]) socket.on('close', cut).on('error', cut);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get lost() {
      return lost;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
