/**
 * Keys from their stored text, and new ones. RSA keys are made and read by Node, and written by node-rsa, which a start
 * need not load; the private operation is WebCrypto's, see `sealing.ts`. Every key is named by its RFC 7638 thumbprint.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  webcrypto,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { PublicJwk, SealingKey, SecretKey, TokenAlgorithm, TokenKey } from './keys.js';
import { nodeRsa } from './libraries.js';

const newRsaBits = 3072;
const leastRsaBits = 2048;
const secretBytes = 32;

const makeKeyPair = promisify(generateKeyPair);

/**
 * PKCS#8 PEM. It takes 0.3 to 3 s on a thread of libuv, during which this one serves; node-rsa's own `generateKeyPair`
 * would hold it up. node-rsa checks that the parts belong together, and writes the PEM.
 */
export async function generateRsaKey(): Promise<string> {
  const privateKeyEncoding = { type: 'pkcs8', format: 'der' } as const;
  const publicKeyEncoding = { type: 'spki', format: 'der' } as const;
  const options = { modulusLength: newRsaBits, privateKeyEncoding, publicKeyEncoding };
  const { privateKey } = await makeKeyPair('rsa', options);
  const { NodeRSA } = nodeRsa();
  return new NodeRSA(privateKey, 'pkcs8-private-der').exportKey('pkcs8-private-pem');
}

/** 256 random bits, base64url. */
export function generateSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}

/** The stored text of a new key: a secret for HS256, PKCS#8 PEM else. */
export async function generateTokenKey(algorithm: TokenAlgorithm): Promise<string> {
  return tokenKeyKinds[algorithm].generate();
}

/** @throws Error if the PEM holds no private RSA key of 2048 bits at least */
export async function sealingKeyOf(pem: string): Promise<SealingKey> {
  const privateKey = rsaKeyOf(pem);
  const publicKey = createPublicKey(privateKey);
  const publicJwk = rsaJwk(publicKey, 'enc', 'RSA-OAEP-256');
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' };
  const decrypt = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['decrypt']);
  const { kid, n } = publicJwk;
  return { kid, publicKey: pemOf(publicKey), publicJwk, decrypt, modulus: Buffer.from(n, 'base64url') };
}

/** @throws Error unless the text is base64url of 256 bits at least: a short or empty secret signs nothing */
export function secretKeyOf(text: string): SecretKey {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < secretBytes) throw new Error('A secret key has fewer than 256 bits.');
  const kid = thumbprint({ k: bytes.toString('base64url'), kty: 'oct' });
  return { kid, secret: createSecretKey(bytes) };
}

/** @throws Error if the text is no key for the algorithm */
export function tokenKeyOf(algorithm: TokenAlgorithm, text: string): TokenKey {
  return tokenKeyKinds[algorithm].parse(text);
}

const tokenKeyKinds: Record<TokenAlgorithm, { generate(): string | Promise<string>; parse(text: string): TokenKey }> = {
  HS256: {
    generate: generateSecret,
    parse(text) {
      const { kid, secret } = secretKeyOf(text);
      return { kid, algorithm: 'HS256', sign: secret, verify: secret, publicJwk: undefined };
    },
  },
  ES256: {
    generate: async () => {
      const { privateKey } = await makeKeyPair('ec', { namedCurve: 'P-256' });
      return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    },
    parse: (pem) => signingPair('ES256', createPrivateKey(pem), ecJwk),
  },
  RS256: {
    generate: generateRsaKey,
    parse: (pem) => signingPair('RS256', rsaKeyOf(pem), (key) => rsaJwk(key, 'sig', 'RS256')),
  },
};

function signingPair(algorithm: TokenAlgorithm, sign: KeyObject, toJwk: (key: KeyObject) => PublicJwk): TokenKey {
  const verify = createPublicKey(sign);
  const publicJwk = toJwk(verify);
  return { kid: publicJwk.kid, algorithm, sign, verify, publicJwk };
}

function rsaKeyOf(pem: string): KeyObject {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'rsa') throw new Error('The PEM holds no private RSA key.');
  const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < leastRsaBits) throw new Error(`The RSA key has fewer than ${leastRsaBits} bits.`);
  return key;
}

/** Without a line break at its end. */
function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString().trimEnd();
}

function rsaJwk(key: KeyObject, use: 'enc' | 'sig', alg: 'RSA-OAEP-256' | 'RS256'): PublicJwk & { kty: 'RSA' } {
  const { n, e } = key.export({ format: 'jwk' });
  if (n === undefined || e === undefined) throw new Error('The key is no RSA key.');
  return { kty: 'RSA', use, alg, kid: thumbprint({ e, kty: 'RSA', n }), n, e };
}

function ecJwk(key: KeyObject): PublicJwk {
  const { crv, x, y } = key.export({ format: 'jwk' });
  if (crv !== 'P-256' || x === undefined || y === undefined) throw new Error('The key is no P-256 key.');
  return { kty: 'EC', use: 'sig', alg: 'ES256', kid: thumbprint({ crv, kty: 'EC', x, y }), crv, x, y };
}

/** RFC 7638: the required members in alphabetical order, without spaces. */
function thumbprint(members: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
