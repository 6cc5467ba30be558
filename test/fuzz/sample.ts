/** A value that a schema of the document takes, or nearly: what it says only in words is not known here. */
import { generateKeyPairSync } from 'node:crypto';
import type { Schema } from '@palestra/core';
import type { Random } from './random.js';

export interface Sampler {
  readonly random: Random;
  resolve(schema: Schema): Schema;
  /** Identifiers that answers have shown, so that requests refer to what there is. */
  readonly known: readonly string[];
}

type Values = Readonly<Record<string, unknown>>;

const deepest = 6;

export function sample(schema: Schema, sampler: Sampler, depth = 0): unknown {
  const { random } = sampler;
  const resolved = sampler.resolve(schema);
  if ('const' in resolved) return resolved.const;
  if (Array.isArray(resolved.enum)) return random.pick(resolved.enum);
  if (depth > deepest) return null;
  if (Array.isArray(resolved.examples) && random.chance(0.3)) return random.pick(resolved.examples);
  const alternatives = (resolved.anyOf ?? resolved.oneOf) as Schema[] | undefined;
  if (alternatives) {
    const chosen = sample(random.pick(alternatives), sampler, depth + 1);
    return isObject(chosen) ? { ...sampleObject(resolved, sampler, depth), ...chosen } : chosen;
  }
  return Array.isArray(resolved.allOf)
    ? sampleObject(merged(resolved, sampler), sampler, depth)
    : sampleType(resolved, sampler, depth);
}

/** The properties of all parts, and what any of them requires. */
function merged(schema: Schema, sampler: Sampler): Schema {
  const parts = ((schema.allOf ?? []) as Schema[]).map((part) => merged(sampler.resolve(part), sampler));
  const all = [schema, ...parts];
  return {
    type: 'object',
    properties: Object.assign({}, ...all.map(({ properties }) => properties ?? {})),
    required: all.flatMap(({ required }) => (required ?? []) as string[]),
  };
}

function sampleType(schema: Schema, sampler: Sampler, depth: number): unknown {
  const { random } = sampler;
  const types = [schema.type ?? (schema.properties ? 'object' : 'string')].flat() as string[];
  switch (random.pick(types)) {
    case 'object':
      return sampleObject(schema, sampler, depth);
    case 'array':
      return sampleArray(schema, sampler, depth);
    case 'integer':
      return sampleNumber(schema, random);
    case 'number':
      return sampleNumber(schema, random) + (random.chance(0.5) ? 0.5 : 0);
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    default:
      return sampleText(schema, sampler);
  }
}

function sampleObject(schema: Schema, sampler: Sampler, depth: number): Record<string, unknown> {
  const required = new Set((schema.required ?? []) as string[]);
  const result: Record<string, unknown> = {};
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  if (schema.minProperties !== undefined && properties.length > 0) required.add(sampler.random.pick(properties)[0]);
  for (const [name, property] of properties) {
    if (required.has(name) || sampler.random.chance(0.2)) result[name] = sample(property, sampler, depth + 1);
  }
  if (isObject(schema.additionalProperties) && sampler.random.chance(0.3)) {
    result[`extra${sampler.random.integer(0, 9)}`] = sample(schema.additionalProperties, sampler, depth + 1);
  }
  return result;
}

function sampleArray(schema: Schema, sampler: Sampler, depth: number): unknown[] {
  const prefix = (schema.prefixItems ?? []) as Schema[];
  if (prefix.length > 0) return prefix.map((item) => sample(item, sampler, depth + 1));
  const least = Number(schema.minItems ?? 0);
  const length = sampler.random.integer(least, Math.min(Number(schema.maxItems ?? least + 3), least + 3));
  return Array.from({ length }, () => sample((schema.items ?? {}) as Schema, sampler, depth + 1));
}

function sampleNumber({ minimum = -10, maximum = 1000 }: Schema, random: Random): number {
  const [low, high] = [Number(minimum), Number(maximum)];
  return random.pick([low, high, random.integer(low, Math.min(high, low + 100)), random.integer(low, high)]);
}

const formats: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2026-11-20T08:30:00.000Z', '2024-02-29T23:59:59+05:30', '1970-01-01T00:00:00Z'],
  date: ['2026-11-20', '2024-02-29'],
  email: ['a@example.com', 'ünï@example.org', 'first.last+tag@sub.example.net'],
  'iso-4217': ['EUR', 'CNY', 'JPY'],
  uri: ['https://example.com/a?b=c#d'],
  uuid: ['3f1f1f9e-3c0b-4a53-8a5e-9d9f2f6d2b11'],
};

const pem = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).publicKey;

/** Of these, those that a pattern takes. */
const candidates = [
  '1',
  '000000000001',
  '13.4,52.5',
  'abc-DEF_123',
  'A'.repeat(43),
  'a1'.repeat(32),
  'Ärger mit Ümläuten 東京 🏋',
  'two words',
  pem,
  'palestra-20261120T083000123Z-4f1d2a9c.backup',
];

function sampleText(schema: Schema, { random, known }: Sampler): string {
  const { format, pattern, minLength = 0, maxLength = 60 } = schema as Values;
  if (typeof format === 'string' && formats[format]) return random.pick(formats[format]);
  if (typeof pattern === 'string') {
    const matching = [...candidates, ...known.slice(-20)].filter((text) => new RegExp(pattern, 'u').test(text));
    return matching.length > 0 ? random.pick(matching) : random.pick(candidates);
  }
  if (known.length > 0 && random.chance(0.3)) return random.pick(known);
  const length = random.integer(Number(minLength), Math.min(Number(maxLength), Number(minLength) + 30));
  const alphabet = random.pick(['abcdefghij ', 'ABC123', 'äöüß€', '東京体育館', '🏋🤸', '\'"\\%_<>&;']);
  return Array.from({ length }, () => random.pick([...alphabet]))
    .join('')
    .slice(0, Number(maxLength));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
