/** Passwords as Node's own documentation has it: scrypt, with the parameters that OWASP sets beside argon2id's. */
import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
const options = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };

/** `stored` is `<salt>:<hash>` in hex. */
export async function matches(password: string, stored: string): Promise<boolean> {
  const [salt = '', hash = ''] = stored.split(':');
  const expected = Buffer.from(hash, 'hex');
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'hex'), expected.length, options), expected);
}
