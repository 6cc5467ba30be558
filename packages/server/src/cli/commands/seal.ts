/** `palestra seal --key URL [PATH]`: encrypts credentials for a server, for scripts and for checking a program of your own. */
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { type ServerKey, sealAlgorithm } from '@palestra/core';
import { CompactEncrypt, importSPKI } from 'jose';
import { type Command, command } from '../command.js';
import { CommandError, UsageError } from '../errors.js';

const limitMs = 10_000;

export const seal: Command = command({
  name: 'seal',
  summary: 'Encrypt credentials for a server',
  details:
    'Reads the JSON to encrypt from standard input, so that no password is in a list of processes, and prints the value: what `sealed` holds in a body, and what follows `tnt-user-auth-scheme` in Authorization. It is good once, for five minutes, and with a PATH for that operation alone.',
  arguments: {
    path: { description: 'The operation it is for, as in its document: /api/auth', optional: true },
  },
  options: { key: { description: 'The server whose key it is, such as https://gym.example', value: 'URL' } },
  standalone: true,
  async run(context, { key: url, path }) {
    if (url === undefined) throw new UsageError('--key is missing: --key https://gym.example names the server.');
    const plaintext = parse(await text(context.terminal.stdin));
    const { key, skewMs } = await fetchKey(url);
    const iat = Math.floor((Date.now() + skewMs) / 1000);
    const claims = { iat, jti: randomBytes(16).toString('base64url'), ...(path !== undefined && { aud: path }) };
    const content = new TextEncoder().encode(JSON.stringify({ ...plaintext, ...claims }));
    const publicKey = await importSPKI(key.publicKey, sealAlgorithm.alg);
    const value = new CompactEncrypt(content).setProtectedHeader({ ...sealAlgorithm, kid: key.kid });
    context.print(await value.encrypt(publicKey));
    return 0;
  },
});

/** @throws UsageError for what is not a JSON object */
function parse(input: string): object {
  try {
    const value: unknown = JSON.parse(input);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // As for JSON that is no object.
  }
  throw new UsageError('Write a JSON object to standard input: {"username":"jon","password":"…"}');
}

/** The server's clock dates the value, since it refuses one of another time. */
async function fetchKey(url: string): Promise<{ readonly key: ServerKey; readonly skewMs: number }> {
  const address = `${url.replace(/(?:\/api\/gpk)?\/*$/, '')}/api/gpk`;
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(limitMs) });
    const key = (await response.json()) as ServerKey;
    if (!response.ok || typeof key.publicKey !== 'string') throw new Error(`it answered ${response.status}`);
    return { key, skewMs: Date.parse(response.headers.get('date') ?? '') - Date.now() || 0 };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`${address} gives no key: ${reason}. Is this the address of a Palestra server?`);
  }
}
