/** The built-in kinds of field: how each is written, read, and compared. */
import { canonicalJson, fold, formatId, parseId } from '@palestra/core';
import { isInstant } from '../contract/formats.js';
import type { Codec, FieldKind } from '../plugin/resource.js';
import { instantText } from './instant-text.js';
import { jsonText } from './json-text.js';

/** Between the elements of a folded list; the contract keeps control characters out of the elements. */
const separator = '\u001f';

export const codecs: Readonly<Record<FieldKind, Codec>> = {
  text: {
    encode: (value) => [value as string],
    decode: ([value]) => value,
    json: (value) => jsonText(value as string),
    accepts: (value) => typeof value === 'string',
    takes: 'a string',
    foldedText: (value) => fold(value as string),
  },
  texts: {
    encode: (value) => [JSON.stringify(value)],
    decode: ([value]) => JSON.parse(value as string),
    json: (value) => value as string,
    accepts: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
    takes: 'a list of strings',
    foldedText: (value) => (value as string[]).map(fold).join(separator),
  },
  integer: {
    encode: (value) => [value as number],
    decode: ([value]) => value,
    json: (value) => String(value),
    accepts: (value) => Number.isSafeInteger(value),
    takes: 'an integer',
  },
  real: {
    encode: (value) => [value as number],
    decode: ([value]) => value,
    json: (value) => JSON.stringify(value),
    accepts: (value) => Number.isFinite(value),
    takes: 'a number',
  },
  boolean: {
    encode: (value) => [value ? 1 : 0],
    decode: ([value]) => value !== 0,
    json: (value) => (value === 0 ? 'false' : 'true'),
    accepts: (value) => typeof value === 'boolean',
    takes: 'true or false',
  },
  instant: {
    encode: (value) => [Date.parse(value as string)],
    decode: ([value]) => instantText(value as number),
    json: (value) => `"${instantText(value as number)}"`,
    accepts: (value) => typeof value === 'string' && isInstant(value),
    takes: 'an RFC 3339 date and time',
  },
  json: {
    encode: (value) => [canonicalJson(value)],
    decode: ([value]) => JSON.parse(value as string),
    json: (value) => value as string,
    accepts: (value) => value !== undefined,
    takes: 'a JSON value',
  },
  /** An `_id` of fixed width, as the resource API shows it. */
  reference: {
    encode: (value) => [parseId(value) ?? 0],
    decode: ([value]) => formatId(value as number),
    json: (value) => `"${formatId(value as number)}"`,
    accepts: (value) => parseId(value) !== undefined,
    takes: 'an _id',
  },
  point: {
    encode: (value) => value as [number, number],
    decode: ([longitude, latitude]) => [longitude, latitude],
    json: (longitude, latitude) => `[${longitude},${latitude}]`,
    accepts: (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite),
    takes: '[longitude, latitude]',
  },
  money: {
    encode: (value) => [(value as Money).amount, (value as Money).currency],
    decode: ([amount, currency]) => ({ amount, currency }),
    json: (amount, currency) => `{"amount":${amount},"currency":"${currency}"}`,
    accepts: (value) => isMoney(value),
    takes: '{amount, currency}',
  },
};

/** An id as a number: in answers of the club API, and wherever rules read a record. */
export const numericId: Codec = {
  ...codecs.reference,
  decode: ([value]) => value,
  json: (value) => String(value),
  takes: 'an id',
};

export interface Money {
  /** Minor units. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
}

function isMoney(value: unknown): value is Money {
  if (typeof value !== 'object' || value === null) return false;
  const { amount, currency } = value as Partial<Money>;
  return Number.isSafeInteger(amount) && typeof currency === 'string';
}
