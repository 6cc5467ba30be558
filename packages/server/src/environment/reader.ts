/** How the text of an environment variable becomes the value of a setting. */
import type { Schema } from '@palestra/core';

export interface Reader<Value> {
  /** Completes "must be …": `a whole number from 0 to 65535`. */
  readonly takes: string;
  /** Undefined for a text that it does not take. */
  read(text: string): Value | undefined;
}

export const text: Reader<string> = { takes: 'a text', read: (value) => value };

export const onOff: Reader<boolean> = {
  takes: 'on or off',
  read: (value) => (value === 'on' ? true : value === 'off' ? false : undefined),
};

export const httpUrl: Reader<string> = {
  takes: 'a URL such as https://club.example/backend',
  read: (value) =>
    /^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : '') ? value.replace(/\/$/, '') : undefined,
};

export function wholeNumber(minimum: number, maximum: number): Reader<number> {
  const upTo = maximum === Number.MAX_SAFE_INTEGER ? ` of at least ${minimum}` : ` from ${minimum} to ${maximum}`;
  return {
    takes: `a whole number${upTo}`,
    read(value) {
      const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
      return number >= minimum && number <= maximum ? number : undefined;
    },
  };
}

export function oneOf<Value extends string>(values: readonly Value[]): Reader<Value> {
  return {
    takes: values.length === 2 ? values.join(' or ') : `one of ${values.join(', ')}`,
    read: (value) => values.find((each) => each === value),
  };
}

/** Separated by commas. */
export function list<Value>(
  item: Reader<Value>,
  takes = `${item.takes}, or several separated by commas`,
): Reader<Value[]> {
  return {
    takes,
    read(value) {
      const items = value
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== '')
        .map((each) => item.read(each));
      const read = items.filter((each) => each !== undefined);
      return read.length < items.length ? undefined : read;
    },
  };
}

/** Undefined for a schema of what no variable can hold, such as an object. */
export function readerOf(schema: Schema): Reader<unknown> | undefined {
  const { type, enum: values, format, minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema;
  if (Array.isArray(values) && values.every((value) => typeof value === 'string')) return oneOf(values);
  if (type === 'boolean') return onOff;
  if (type === 'integer') return wholeNumber(Number(minimum), Number(maximum));
  if (type === 'number') return decimal;
  if (type === 'string') return format === 'uri' ? httpUrl : text;
  const item = type === 'array' ? readerOf(schema.items ?? {}) : undefined;
  return item && list(item);
}

const decimal: Reader<number> = {
  takes: 'a number',
  read: (value) => (value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined),
};
