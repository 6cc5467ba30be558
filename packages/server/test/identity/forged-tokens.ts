/** Forgeries of an access token, by somebody who knows everything but may not have what signs. */
import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { TokenAlgorithm, TokenKey } from '@palestra/core/auth';

export interface Genuine {
  readonly token: string;
  /** Its own key: what is forged with it fails by its change alone. */
  readonly key: TokenKey;
  /** Other keys of the same server. */
  readonly strangers: Readonly<Record<string, TokenKey>>;
}

type Members = Readonly<Record<string, unknown>>;

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const signers: Readonly<Record<TokenAlgorithm, (input: string, key: KeyObject) => Buffer>> = {
  HS256: (input, key) => createHmac('sha256', key).update(input).digest(),
  RS256: (input, key) => sign('sha256', Buffer.from(input), key),
  ES256: (input, key) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }),
};

export class Forger {
  readonly #genuine: Genuine;
  readonly header: Members;
  readonly claims: Members;

  constructor(genuine: Genuine) {
    this.#genuine = genuine;
    const [header = '', claims = ''] = genuine.token.split('.');
    this.header = JSON.parse(Buffer.from(header, 'base64url').toString());
    this.claims = JSON.parse(Buffer.from(claims, 'base64url').toString());
  }

  /** By default signed with the genuine key. */
  forge(header: unknown, claims: unknown, key: TokenKey = this.#genuine.key): string {
    const input = `${encode(header)}.${encode(claims)}`;
    return `${input}.${signers[key.algorithm](input, key.sign).toString('base64url')}`;
  }

  /** Whose answer is one and the same: the token is not valid. */
  all(): Record<string, string> {
    return { ...this.#headers(), ...this.#claims(), ...this.#shapes(), ...this.#keys() };
  }

  /** Whose answers the older APIs tell apart, by the `exceptionType` of each. */
  documented(): [name: string, token: string, exceptionType: string][] {
    const now = Math.floor(Date.now() / 1000);
    const withClaims = (change: Members) => this.forge(this.header, { ...this.claims, ...change });
    return [
      ['expired', withClaims({ exp: now - 1 }), 'TokenExpiredError'],
      ['of 1970', withClaims({ exp: 1 }), 'TokenExpiredError'],
      ['of another issuer', withClaims({ iss: 'another' }), 'InvalidTokenIssuerError'],
      ['of no issuer', withClaims({ iss: undefined }), 'InvalidTokenIssuerError'],
      ['from the future', withClaims({ iat: now + 3_600 }), 'InvalidTokenIssuedAtError'],
    ];
  }

  #headers(): Record<string, string> {
    const changes: Record<string, Members> = {
      'alg NONE': { alg: 'NONE' },
      'alg nOnE': { alg: 'nOnE' },
      'alg HS512': { alg: 'HS512' },
      'alg PS256': { alg: 'PS256' },
      'alg ES384': { alg: 'ES384' },
      'alg missing': { alg: undefined },
      'alg a list': { alg: [this.header.alg] },
      'kid missing': { kid: undefined },
      'kid empty': { kid: '' },
      'kid a path': { kid: '../../dev/null' },
      'kid SQL': { kid: "' OR 1=1 --" },
      'kid __proto__': { kid: '__proto__' },
      'kid constructor': { kid: 'constructor' },
      'kid of 5 kB': { kid: 'x'.repeat(5_000) },
      'kid a number': { kid: 1 },
      'kid an object': { kid: { kid: this.header.kid } },
      'typ JWT': { typ: 'JWT' },
      'typ missing': { typ: undefined },
      'typ of an ID token': { typ: 'id+jwt' },
      jku: { jku: 'https://evil.example/jwks.json' },
      x5u: { x5u: 'https://evil.example/cert' },
      jwk: { jwk: this.#genuine.key.publicJwk ?? { kty: 'oct', k: 'AA' } },
      x5c: { x5c: ['AA'] },
      crit: { crit: ['exp'] },
      'b64 false': { b64: false },
      zip: { zip: 'DEF' },
    };
    const named = Object.entries(changes).map(([name, change]) => [
      name,
      this.forge({ ...this.header, ...change }, this.claims),
    ]);
    return {
      ...Object.fromEntries(named),
      'alg none without a signature': `${encode({ ...this.header, alg: 'none' })}.${encode(this.claims)}.`,
      'header an array': this.forge([this.header], this.claims),
      'header null': this.forge(null, this.claims),
      'header no JSON': this.forge('{', this.claims),
    };
  }

  #claims(): Record<string, string> {
    const changes: Record<string, Members> = {
      'exp missing': { exp: undefined },
      'exp a text': { exp: String(this.claims.exp) },
      'exp a fraction': { exp: Number(this.claims.exp) + 0.5 },
      'exp null': { exp: null },
      'nbf in the future': { nbf: Number(this.claims.exp) },
      'iat missing': { iat: undefined },
      'iat a text': { iat: String(this.claims.iat) },
      'sub missing': { sub: undefined },
      'sub a number': { sub: Number(this.claims.sub) },
      'sub a path': { sub: `../${this.claims.sub}` },
      'sub nobody': { sub: '999999999' },
      'sub zero': { sub: '0' },
      'jti missing': { jti: undefined },
      'scope missing': { scope: undefined },
      'scope unknown': { scope: 'root' },
      'scope raised': { scope: 'dba', level: 0 },
      'scope of a machine': { scope: 'stams_io' },
      'scope a list': { scope: ['dba'] },
      'tv missing': { tv: undefined },
      'tv another': { tv: Number(this.claims.tv) + 1 },
      'tv a text': { tv: String(this.claims.tv) },
      'user missing': { user: undefined },
      'user an object': { user: {} },
      'sid a number': { sid: 1 },
      'sid of no session': { sid: 'AAAAAAAAAAAAAAAAAAAAAA' },
      'aud of another host': { aud: 'another' },
      'aud a list': { aud: ['another'] },
    };
    const named = Object.entries(changes).map(([name, change]) => [
      name,
      this.forge(this.header, { ...this.claims, ...change }),
    ]);
    const text = JSON.stringify(this.claims);
    return {
      ...Object.fromEntries(named),
      'exp beyond numbers': this.forge(this.header, text.replace(/"exp":\d+/, '"exp":1e400')),
      'claims null': this.forge(this.header, null),
      'claims a text': this.forge(this.header, JSON.stringify('claims')),
      'claims an array': this.forge(this.header, [this.claims]),
    };
  }

  #shapes(): Record<string, string> {
    const { token } = this.#genuine;
    const [header = '', claims = '', signature = ''] = token.split('.');
    const raised = encode({ ...this.claims, scope: 'dba', level: 0 });
    return {
      'two dots': '..',
      'claims raised under the old signature': `${header}.${raised}.${signature}`,
      'no signature': `${header}.${claims}.`,
      'two parts': `${header}.${claims}`,
      'four parts': `${token}.${signature}`,
      padding: `${token}=`,
      'stray bits in the last character': `${token.slice(0, -1)}${straying(token)}`,
      'a byte cut off': token.slice(0, -2),
      'bytes behind': `${token}AAAA`,
      'one bit flipped': `${header}.${claims}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`,
      'the signature twice': `${header}.${claims}.${signature}${signature}`,
      'the signature of nothing': `${header}.${claims}.${'A'.repeat(signature.length)}`,
    };
  }

  #keys(): Record<string, string> {
    const { key, strangers } = this.#genuine;
    const by = (secret: string | Buffer) =>
      this.#hmac({ ...this.header, alg: 'HS256' }, createSecretKey(Buffer.from(secret)));
    const others = Object.entries(strangers).flatMap(([name, stranger]) => [
      [`the ${name}, under its own kid`, this.forge({ ...this.header, ...naming(stranger) }, this.claims, stranger)],
      [`the ${name}, under the right kid`, this.forge(this.header, this.claims, stranger)],
    ]);
    return {
      ...Object.fromEntries(others),
      'HMAC with an empty secret': by(''),
      'HMAC with the kid': by(key.kid),
      'HMAC with a zero': by(Buffer.alloc(32)),
      ...this.#publicKeys(by),
    };
  }

  /** What is public of an asymmetric key, taken for a secret; and the other paddings and encodings of its kind. */
  #publicKeys(by: (secret: string | Buffer) => string): Record<string, string> {
    const { key } = this.#genuine;
    if (key.publicJwk === undefined) return {};
    const input = `${encode(this.header)}.${encode(this.claims)}`;
    const ours = (signature: Buffer) => `${input}.${signature.toString('base64url')}`;
    const pem = key.verify.export({ type: 'spki', format: 'pem' });
    const stranger =
      key.algorithm === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
        : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    return {
      'HS256 with the PEM': by(pem),
      'HS256 with the PEM, trimmed': by(String(pem).trim()),
      'HS256 with the DER': by(key.verify.export({ type: 'spki', format: 'der' })),
      'HS256 with the JWK': by(JSON.stringify(key.publicJwk)),
      'HMAC made, the right algorithm said': this.#hmac(this.header, createSecretKey(Buffer.from(pem))),
      'the same algorithm by another key': ours(signers[key.algorithm](input, stranger)),
      ...(key.algorithm === 'RS256'
        ? { 'PSS made, RS256 said': ours(sign('sha256', Buffer.from(input), { key: key.sign, padding: 6 })) }
        : {
            'the signature in DER': ours(sign('sha256', Buffer.from(input), key.sign)),
            'r and s zero': ours(Buffer.alloc(64)),
          }),
    };
  }

  #hmac(header: unknown, secret: KeyObject): string {
    const input = `${encode(header)}.${encode(this.claims)}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  }
}

const naming = ({ algorithm, kid }: TokenKey): Members => ({ alg: algorithm, kid });

/** The last character with its last bit turned over, which decoding drops unless the signature fills every character. */
function straying(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(token.at(-1) ?? '') ^ 1] ?? '';
}
