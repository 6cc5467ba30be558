/**
 * Uses twice what loads a library when it is first used: while no file can be opened, and afterwards. Prints the outcomes.
 * To be run with few file descriptors.
 */
import { webcrypto } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { createPasswords, createSealing, type KeyRing, parseLegacyHash, type SealingKey } from '@palestra/core/auth';
import { createSmtpMailer } from '../../src/mail/smtp.js';
import { createMetrics } from '../../src/metrics/index.js';

const cost = { m: 8, t: 1, p: 1 };
const passwords = createPasswords({ cost });
const overBcrypt = `$argon2id$v=19$m=8,t=1,p=1,${parseLegacyHash(`$2b$04$${'.'.repeat(21)}.${'.'.repeat(31)}`)?.parameters}$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;
const metrics = createMetrics({ count: 0 });
const mailer = createSmtpMailer({ url: 'smtp://127.0.0.1:1', from: 'club@gym.example' });
const mail = { to: 'ann@gym.example', subject: 'A mail', text: 'A mail\n', id: 'one' };

const kid = 'of-a-jwe';
const { privateKey } = await webcrypto.subtle.generateKey(
  { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  false,
  ['encrypt', 'decrypt'],
);
const key = { kid, publicKey: '', publicJwk: { kty: 'RSA' }, decrypt: privateKey, modulus: Buffer.alloc(256, 255) };
const sealing = createSealing({
  keys: { active: key, usable: [key], find: () => key } as unknown as KeyRing<SealingKey>,
  replay: { use: async () => true },
  clock: Date,
});
const header = Buffer.from(JSON.stringify({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid })).toString('base64url');
const sealed = `${header}.${'A'.repeat(342)}.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`;

const uses: Readonly<Record<string, () => Promise<unknown>>> = {
  'a sign-in of nobody': () => passwords.verify('a password', undefined),
  'a sign-in by bcrypt': () => passwords.verify('a password', overBcrypt),
  'a sealed value': () => sealing.open(sealed, '/'),
  metrics: async () => (await metrics.text()).includes('process_cpu'),
  mail: () => mailer.send(mail),
};

function useUp(): number[] {
  const taken: number[] = [];
  for (;;) {
    try {
      taken.push(openSync('/dev/null', 'r'));
    } catch {
      return taken;
    }
  }
}

const outcomes: [name: string, without: string, again: string][] = [];
const outcome = (use: () => Promise<unknown>) =>
  use().then(
    (value) => JSON.stringify(value),
    (error) => error.code ?? error.name,
  );
for (const [name, use] of Object.entries(uses)) {
  const taken = useUp();
  const without = await outcome(use);
  taken.forEach(closeSync);
  outcomes.push([name, without, await outcome(use)]);
}
console.log(JSON.stringify(outcomes));
