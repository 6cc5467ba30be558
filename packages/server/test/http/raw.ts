/** A client below HTTP: the bytes that are written, and the bytes that come back. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** Of the first answer; 0 where the connection ended without one. */
  readonly status: number;
  /** Every byte until the server closed, or until `quietMs` without one. */
  readonly text: string;
  readonly closed: boolean;
  readonly afterMs: number;
}

export interface RawOptions {
  /** How long silence lasts before the answer counts as whole; 1,000 by default. */
  readonly quietMs?: number;
  /** How long the first byte may take, on a busy machine too; 20,000 by default, or `quietMs` where that is given. */
  readonly firstMs?: number;
}

/** Writes the parts, each after the one before, and reads until the server closes or falls silent. */
export function send(
  url: string,
  parts: string | Buffer | readonly (string | Buffer)[],
  { quietMs, firstMs = quietMs ?? 20_000 }: RawOptions = {},
): Promise<RawAnswer> {
  const begun = performance.now();
  const socket = open(url);
  return new Promise((resolve) => {
    let text = '';
    const finish = (closed: boolean) => {
      socket.destroy();
      resolve({ status: statusOf(text), text, closed, afterMs: performance.now() - begun });
    };
    socket.setTimeout(firstMs, () => finish(false));
    socket.on('data', (chunk) => {
      socket.setTimeout(quietMs ?? 1_000);
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => finish(true));
    const list = typeof parts === 'string' || Buffer.isBuffer(parts) ? [parts] : parts;
    for (const part of list) socket.write(part);
  });
}

export function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname);
}

function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
}

export function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}
