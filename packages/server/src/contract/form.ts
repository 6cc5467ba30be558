/**
 * Form bodies of the club API, `application/x-www-form-urlencoded` as the WHATWG URL standard reads it: text becomes what
 * the schema of the JSON body takes. A list is a field that is sent several times, with or without `[]` behind its name.
 * What a JSON body is refused for, a form is refused for too.
 */
import {
  type Family,
  isJsonObject,
  JsonError,
  type JsonLimits,
  type OpenApiDocument,
  type OperationObject,
  parseJson,
  type Schema,
} from '@palestra/core';
import { resolve } from './operations.js';
import { isPercentEncodedUtf8 } from './percent-encoding.js';

export const formMediaType = 'application/x-www-form-urlencoded';

/**
 * The value of a JSON body. `form` is what a parser made of the text, or the text itself.
 * @throws JsonError for what no JSON body may hold
 */
export type ReadForm = (form: unknown, limits: JsonLimits) => unknown;

/** Every JSON body of the club API may be sent as a form too. */
export function withForm(operation: OperationObject, family: Family): OperationObject {
  const { requestBody } = operation;
  if (family !== 'club' || !requestBody || '$ref' in requestBody) return operation;
  const json = requestBody.content['application/json'];
  if (!json || formMediaType in requestBody.content) return operation;
  return { ...operation, requestBody: { ...requestBody, content: { ...requestBody.content, [formMediaType]: json } } };
}

type Types = ReadonlySet<string>;

export function formReader(document: OpenApiDocument, schema: Schema): ReadForm {
  const fields = new Map<string, Types>();
  for (const part of alternativesOf(document, schema)) {
    for (const [name, field] of Object.entries(part.properties ?? {})) {
      const types = alternativesOf(document, field as Schema).flatMap(({ type }) => type ?? []);
      fields.set(name, new Set([...(fields.get(name) ?? []), ...types.flat()]));
    }
  }
  return (form, limits) => {
    const sent = typeof form === 'string' ? entriesOf(form) : form;
    if (!isJsonObject(sent)) return sent;
    const entries = Object.entries(sent).map(([name, value]) => {
      const parse: Parse = (text) => parsed(text, limits, name);
      return [name, fieldValue(value, parse, fields.get(name))];
    });
    return parseJson(JSON.stringify(Object.fromEntries(entries)), limits);
  };
}

interface PartialSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A schema and all those that it combines. */
function alternativesOf(document: OpenApiDocument, schema: Schema): PartialSchema[] {
  const resolved = resolve<Schema>(document, schema);
  const combined = ['allOf', 'anyOf', 'oneOf'].flatMap((key) => (resolved[key] as Schema[] | undefined) ?? []);
  return [resolved as PartialSchema, ...combined.flatMap((each) => alternativesOf(document, each))];
}

function entriesOf(text: string): Record<string, string | string[]> {
  if (!isPercentEncodedUtf8(text)) throw new JsonError('The body is not UTF-8.');
  const values = new Map<string, string[]>();
  for (const [sent, value] of new URLSearchParams(text)) {
    const name = sent.replace(/\[\]$/, '');
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return Object.fromEntries(
    [...values].map(([name, [first = '', ...rest]]) => [name, rest.length > 0 ? [first, ...rest] : first]),
  );
}

type Parse = (text: string) => unknown;

/** What is sent twice and is no list stays a list, which the contract refuses. */
function fieldValue(value: unknown, parse: Parse, types: Types = new Set()): unknown {
  if (types.has('array')) return listOf(value, parse);
  if (typeof value !== 'string') return value;
  if (types.has('string')) return value;
  if (value === '' && types.has('null')) return null;
  if (types.has('boolean') && /^(?:true|false)$/.test(value)) return value === 'true';
  if ((types.has('integer') || types.has('number')) && /^-?\d{1,15}(?:\.\d+)?$/.test(value)) return Number(value);
  return types.has('object') ? parse(value) : value;
}

function listOf(value: unknown, parse: Parse): unknown {
  if (typeof value !== 'string') return value;
  const list = value.startsWith('[') ? parse(value) : undefined;
  return Array.isArray(list) ? list : value === '' ? [] : [value];
}

/** Text that is not JSON stays text, which the contract refuses where it asks for more. */
function parsed(text: string, limits: JsonLimits, name: string): unknown {
  return isJson(text) ? parseJson(text, limits, name) : text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
