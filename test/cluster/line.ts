/** A TCP line to a node that can be pulled out: nothing gets through, and neither end is told. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

export class Line {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #pulled = false;

  private constructor(private readonly target: number) {
    this.#server = createServer((socket) => this.#connect(socket));
  }

  static async to(target: number): Promise<Line> {
    const line = new Line(target);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What was sent meanwhile arrives when it is plugged in again, as TCP would send it again. */
  pull(): void {
    this.#pulled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  plug(): void {
    this.#pulled = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connect(client: Socket): void {
    const node = createConnection(this.target, '127.0.0.1');
    for (const [from, to] of [
      [client, node],
      [node, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#pulled) from.pause();
    }
  }
}
