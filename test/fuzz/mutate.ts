/** A value that is wrong somewhere: one place of it is gone, doubled, of another type, or hostile. */
import type { Random } from './random.js';
import { isObject } from './sample.js';

const hostile: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  -0,
  1.5,
  2 ** 31,
  2 ** 53 - 1,
  1e308,
  '',
  ' ',
  '0',
  '-1',
  'null',
  'true',
  '\u0000',
  'a\r\nb: c',
  '\u001b[31m',
  '\u202e',
  '\ufeff',
  '%',
  '_',
  "' OR 1=1 --",
  '"; DROP TABLE gym; --',
  '`id`',
  '$where',
  '../../etc/passwd',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '🏋'.repeat(100),
  'x'.repeat(5_000),
  '9'.repeat(400),
  '٣',
  '0000-00-00',
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00.001Z',
  [],
  {},
  [[]],
  [null],
  { $gt: '' },
  { equals: { equals: 1 } },
  { length: 1e9 },
  JSON.parse('{"then":1,"toJSON":1}'),
  Array.from({ length: 300 }, () => 0),
];

const strangeKeys = [
  'id',
  '_id',
  'level',
  'role',
  'password_hash',
  'owner',
  '',
  ' ',
  'a.b',
  'a`b',
  '$set',
  'length',
  'then',
];

export function hostileValue(random: Random): unknown {
  return random.pick(hostile);
}

/** A changed copy; the value itself stays. */
export function mutate(value: unknown, random: Random): unknown {
  if (Array.isArray(value) && value.length > 0 && random.chance(0.7)) {
    const at = random.integer(0, value.length - 1);
    const kind = random.next();
    if (kind < 0.2) return value.filter((_, index) => index !== at);
    if (kind < 0.4) return [...value, ...value];
    return value.map((item, index) => (index === at ? mutate(item, random) : item));
  }
  if (isObject(value) && random.chance(0.85)) return mutateObject(value, random);
  return hostileValue(random);
}

function mutateObject(value: Record<string, unknown>, random: Random): Record<string, unknown> {
  const keys = Object.keys(value);
  const kind = random.next();
  if (keys.length === 0 || kind < 0.2) return { ...value, [random.pick(strangeKeys)]: hostileValue(random) };
  const key = random.pick(keys);
  if (kind < 0.4) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  return { ...value, [key]: mutate(value[key], random) };
}

/** Text that is JSON no more, or JSON that must be refused. */
export function mutateText(text: string, random: Random): string {
  const at = random.integer(0, text.length);
  return random.pick([
    () => text.slice(0, at),
    () => text.slice(0, at) + String.fromCharCode(random.integer(0, 127)) + text.slice(at),
    () => `\ufeff${text}`,
    () => text + text,
    () => `[${text}]`,
    () => '['.repeat(40) + ']'.repeat(40),
    () => text.replace('{', '{"__proto__":{"a":1},'),
    () => text.replace(/"([^"]*)":/, '"$1":1,"$1":'),
    () => text.replace(/\d+/, '1e999'),
    () => text.replace(/:"/, ':"\\ud800'),
    () => `{"x":"${'y'.repeat(70_000)}"}`,
    () => '',
  ])();
}
