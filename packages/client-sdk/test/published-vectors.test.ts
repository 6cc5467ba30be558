/**
 * The portable crypto against vectors of others: AES-GCM and SHA-256 by NIST (CAVP), RSA-OAEP by pyca/cryptography. Debian
 * has them in `python3-cryptography-vectors`.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { aes256Gcm } from '../src/crypto/aes-gcm.js';
import { rsaOaepSha256 } from '../src/crypto/rsa-oaep.js';
import { sha256 } from '../src/crypto/sha256.js';

const folder = '/usr/lib/python3/dist-packages/cryptography_vectors';
const missing = existsSync(folder) ? '' : ' (python3-cryptography-vectors is not installed)';
const lines = (path: string) => readFileSync(join(folder, path), 'utf8').split(/\r?\n/);
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

describe(`the portable crypto against published vectors${missing}`, () => {
  before(function () {
    if (missing !== '' && process.env.REQUIRE_ALL !== '1') this.skip();
  });

  it('encrypts with AES-256-GCM as NIST does', () => {
    const vectors = recordsOf(lines('ciphers/AES/GCM/gcmEncryptExtIV256.rsp')).filter(
      ({ IVlen, Taglen }) => IVlen === '96' && Taglen === '128',
    );
    expect(vectors).to.have.length(375);
    for (const { Key = '', IV = '', PT = '', AAD = '', CT = '', Tag = '' } of vectors) {
      const input = { key: bytes(Key), iv: bytes(IV), plaintext: bytes(PT), additionalData: bytes(AAD) };
      expect(hex(aes256Gcm(input)), `${PT} under ${Key}`).to.equal(CT + Tag);
    }
  });

  for (const file of ['SHA256ShortMsg', 'SHA256LongMsg']) {
    it(`hashes as NIST does: ${file}`, () => {
      const vectors = recordsOf(lines(`hashes/SHA2/${file}.rsp`)).filter(({ MD }) => MD !== undefined);
      expect(vectors.length).to.be.above(60);
      for (const { Len, Msg = '', MD = '' } of vectors) {
        expect(hex(sha256(bytes(Msg).subarray(0, Number(Len) / 8))), Msg).to.equal(MD);
      }
    });
  }

  it('encrypts with RSA-OAEP as pyca/cryptography and Bouncy Castle do', () => {
    const vectors = oaepVectors(lines('asymmetric/RSA/oaep-custom/oaep-sha256-sha256.txt'));
    expect(vectors).to.have.length(60);
    for (const { n, e, d, message, encryption } of vectors) {
      const key = { n: bytes(n), e: bytes(e) };
      const seed = seedOf(encryption, BigInt(`0x${d}`), n);
      expect(hex(rsaOaepSha256(key, bytes(message), seed)), message).to.equal(encryption);
    }
  });
});

type Fields = Readonly<Record<string, string>>;

/** `Name = value` by paragraph, with the `[Name = value]` above it. */
function recordsOf(text: readonly string[]): Fields[] {
  const records: Fields[] = [];
  let shared: Record<string, string> = {};
  let own: Record<string, string> = {};
  for (const line of [...text, '']) {
    const [, bracket, name = '', value = ''] = /^(\[)?(\w+) = ?([^\]]*)\]?$/.exec(line) ?? [];
    if (bracket) shared = { ...shared, [name]: value };
    else if (name !== '') own[name] = value;
    else if (Object.keys(own).length > 0) {
      records.push({ ...shared, ...own });
      own = {};
    }
  }
  return records;
}

interface OaepVector {
  readonly n: string;
  readonly e: string;
  readonly d: string;
  readonly message: string;
  readonly encryption: string;
}

const even = (text: string): string => (text.length % 2 === 0 ? text : `0${text}`);

/** Each value is on the line behind its `# Name:`. */
function oaepVectors(text: readonly string[]): OaepVector[] {
  const vectors: OaepVector[] = [];
  const last: Record<string, string> = {};
  let half = '';
  text.forEach((line, at) => {
    const [, name] = /^# (.*):$/.exec(line) ?? [];
    if (name === undefined) {
      half = /^# (Public|Private) key$/.exec(line)?.[1] ?? half;
      return;
    }
    last[`${half} ${name}`] = even(text[at + 1] ?? '');
    if (name !== 'Encryption') return;
    vectors.push({
      n: last['Private Modulus'] ?? '',
      e: last['Private Public exponent'] ?? '',
      d: last['Private Exponent'] ?? '',
      message: last['Private Message'] ?? '',
      encryption: last['Private Encryption'] ?? '',
    });
  });
  return vectors;
}

/** The seed that a ciphertext was made with (RFC 8017 section 7.1.2), by the private key. */
function seedOf(encryption: string, d: bigint, modulus: string): Uint8Array {
  const n = BigInt(`0x${modulus}`);
  let [result, square] = [1n, BigInt(`0x${encryption}`)];
  for (let left = d; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % n;
    square = (square * square) % n;
  }
  const message = Buffer.from(result.toString(16).padStart(modulus.length, '0'), 'hex');
  const [maskedSeed, maskedData] = [message.subarray(1, 33), message.subarray(33)];
  const mask = createHash('sha256').update(maskedData).update(new Uint8Array(4)).digest();
  return new Uint8Array(maskedSeed.map((byte, at) => byte ^ (mask[at] ?? 0)));
}
