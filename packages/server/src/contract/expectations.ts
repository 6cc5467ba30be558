/** What a schema expects, in words: for those who send requests and never see a regular expression. */
import type { ErrorObject } from 'ajv';

const types: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'a boolean',
  object: 'an object',
  array: 'an array',
  null: 'null',
};

const id = 'must be an id: 1 to 15 digits';
const longitudeLatitude = 'must be longitude,latitude in degrees, such as 13.0550,47.8095';
const noControl = 'must not be empty or contain control characters';
const base64url = 'must be base64url: letters, digits, "-" and "_"';

/** The patterns of the built-in contract; others are explained by the example beside them. */
const patterns: ReadonlyMap<string, string> = new Map([
  ['^[0-9]{1,15}$', id],
  ['^([0-9]{1,15}|[^@]+@[^@]+)$', 'must be an id of 1 to 15 digits, or an email address'],
  ['@', 'must be an email address'],
  [String.raw`^-?\d{1,3}(\.\d{1,15})?,-?\d{1,2}(\.\d{1,15})?$`, longitudeLatitude],
  ['^[!-~]+$', 'must be visible ASCII characters, without spaces'],
  [String.raw`^[\x21-\x7e]+$`, 'must be visible ASCII characters, without spaces'],
  [String.raw`^[^\u0000-\u001f\u007f-\u009f\ud800-\udfff]+$`, noControl],
  [
    String.raw`^(?:\n|[^\u0000-\u001f\u007f-\u009f\ud800-\udfff])+$`,
    'must not be empty or contain control characters other than line feeds',
  ],
  [String.raw`^[^\u0000-\u001f]*$`, 'must not contain control characters'],
  ['^[A-Za-z0-9_-]+$', base64url],
  ['^[A-Za-z0-9_-]{1,128}$', `${base64url}, 1 to 128 of them`],
  ['^[A-Za-z0-9_-]{16,128}$', `${base64url}, 16 to 128 of them`],
  ['^[A-Za-z0-9_-]{22}$', `${base64url}, 22 of them`],
  ['^[A-Za-z0-9_-]{43}$', `${base64url}, 43 of them`],
  ['^[0-9a-f]{64}$', 'must be 64 hexadecimal digits, in lower case'],
  [
    '^[0-9]{15}-[A-Za-z0-9_.-]{1,64}-[0-9]{12}$',
    'must be the id of an event: 15 digits, a name and 12 digits, joined by "-"',
  ],
  [
    String.raw`^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n?$`,
    'must be a public key as PEM (BEGIN PUBLIC KEY)',
  ],
  [
    '^palestra-[0-9]{8}T[0-9]{9}Z-[0-9a-f]{8}[.]backup([.]age)?$',
    'must be the name of a backup, such as palestra-20261120T083000000Z-0a1b2c3d.backup',
  ],
]);

/** What the value must be, to be put behind the field's name; undefined where ajv says it well. */
export function expectationOf({ keyword, params, parentSchema }: ErrorObject): string | undefined {
  if (keyword === 'type') return isId(parentSchema) ? id : `must be ${choiceOf(params.type)}`;
  return keyword === 'pattern' ? patternInWords(String(params.pattern), parentSchema?.examples) : undefined;
}

function patternInWords(pattern: string, examples: unknown): string | undefined {
  const words = patterns.get(pattern);
  if (words !== undefined || !Array.isArray(examples)) return words;
  const example: unknown = examples.find((each) => typeof each === 'string');
  return typeof example === 'string' ? `must have the form of ${example}` : undefined;
}

/** An id that may also be null is described by its types. */
function isId(schema: ErrorObject['parentSchema']): boolean {
  const nullable = Array.isArray(schema?.type) && schema.type.includes('null');
  return patterns.get(String(schema?.pattern)) === id && !nullable;
}

/** "a string, an integer or null" */
function choiceOf(given: string | readonly string[]): string {
  const words = [given].flat().map((type) => types[type] ?? type);
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
