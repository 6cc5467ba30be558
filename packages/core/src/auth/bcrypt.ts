/** bcrypt of older systems (`$2a$`, `$2b$`, `$2y$`): its cost and salt are kept, its digest only wrapped. */
import { createRequire } from 'node:module';

/** So that no stored string makes a sign-in expensive: cost 14 takes about a second. */
const mostCost = 14;
/** SHA-crypt rounds that take as long as bcrypt with cost 0 would: cost 10 is about 43,000 rounds. */
const roundsOfCost0 = 42;
const mostRounds = 1_000_000;

const require = createRequire(import.meta.url);

/** By `require`, which tries again after a load that failed; Node keeps a failed `import()` until the process ends. */
const bcrypt = (): typeof import('@node-rs/bcrypt') => require('@node-rs/bcrypt');

const form = /^\$2[aby]\$([01][0-9])\$([./A-Za-z0-9]{21}[.Oeu])([./A-Za-z0-9]{31})$/;

interface BcryptHash {
  readonly digest: string;
  readonly parameters: string;
  readonly rounds: number;
}

/** Undefined for another form, and for a cost outside 4 to 14. */
export function parseBcrypt(text: string): BcryptHash | undefined {
  const [, stated = '', salt, digest] = form.exec(text) ?? [];
  const cost = Number(stated);
  if (salt === undefined || digest === undefined || cost < 4 || cost > mostCost) return undefined;
  const rounds = Math.min(mostRounds, roundsOfCost0 * 2 ** cost);
  return { digest, parameters: `inner=bcrypt,cost=${cost},rounds=${rounds},isalt=${salt}`, rounds };
}

/** The last 31 characters of the hash. Like every bcrypt it looks at the first 72 bytes of a password. */
export async function bcryptDigest(password: string, parameters: ReadonlyMap<string, string>): Promise<string> {
  const { hash } = bcrypt();
  const cost = Number(parameters.get('cost'));
  if (!(cost >= 4 && cost <= mostCost)) throw new Error(`A stored password hash has a cost outside 4 to ${mostCost}.`);
  return (await hash(password, cost, saltOf(parameters.get('isalt') ?? ''))).slice(-31);
}

const bcryptAlphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** 16 bytes, in bcrypt's own order of base64's characters. */
function saltOf(text: string): Buffer {
  const base64 = [...text].map((character) => base64Alphabet[bcryptAlphabet.indexOf(character)]).join('');
  return Buffer.from(base64, 'base64');
}
