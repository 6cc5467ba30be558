/** What a peer is told by its environment, and what it prints once it listens. */
import { createSecretKey, type KeyObject } from 'node:crypto';

/** `sqlite:<file>` or `mysql://user@host:port/name` */
export const databaseUrl: string = process.env.PEER_DATABASE ?? '';

/** Signs and verifies HS256 tokens. */
export const secret: string = process.env.PEER_SECRET ?? '';

/** jsonwebtoken makes one of a string at every call otherwise, which costs 300 microseconds. */
export const secretKey: KeyObject = createSecretKey(Buffer.from(secret));

/** The highest level that may read, and the highest that may write. */
export const mayRead = 4;
export const mayWrite = 3;

export function announce(port: number): void {
  console.log(`serves on http://127.0.0.1:${port}`);
}

process.on('SIGTERM', () => process.exit(0));
