/**
 * What of a new document breaks clients written for an old one: what they send must still be taken, and what they
 * are answered must still be what they know.
 */
import {
  includes,
  type OpenApiDocument,
  type OperationObject,
  type ParameterObject,
  type Privilege,
  type RequestBodyObject,
  type ResponseObject,
  type Schema,
} from '@palestra/core';
import { operationsOf, resolve } from './operations.js';

export interface BreakingChange {
  readonly operation: string;
  readonly change: string;
}

interface Side {
  readonly document: OpenApiDocument;
  readonly object: OperationObject;
}

export function breakingChanges(before: OpenApiDocument, after: OpenApiDocument): BreakingChange[] {
  const now = new Map(operationsOf(after).map((operation) => [operation.id, operation]));
  return operationsOf(before).flatMap((old) => {
    const place = `${old.method.toUpperCase()} ${old.path}`;
    const operation = `${old.id} (${place})`;
    const current = now.get(old.id);
    if (!current) return [{ operation, change: 'is gone' }];
    const moved = `${current.method.toUpperCase()} ${current.path}`;
    if (moved !== place) return [{ operation, change: `has moved to ${moved}` }];
    const sides: [Side, Side] = [
      { document: before, object: old.object },
      { document: after, object: current.object },
    ];
    const changes = [
      ...privilegeChanges(old.object, current.object),
      ...parameterChanges(old.parameters, current.parameters),
      ...bodyChanges(...sides),
      ...answerChanges(...sides),
    ];
    return [...new Set(changes)].map((change) => ({ operation, change }));
  });
}

function privilegeChanges(before: OperationObject, after: OperationObject): string[] {
  const demands = (object: OperationObject, name: string): Privilege | undefined => {
    const declared = object['x-privilege'];
    return typeof declared === 'object' ? declared[name] : (declared ?? 'guest');
  };
  const declared = before['x-privilege'];
  const names = typeof declared === 'object' ? Object.keys(declared) : [''];
  return names.flatMap((name) => {
    const was = demands(before, name) ?? 'guest';
    const is = demands(after, name);
    const what = name === '' ? '' : ` for ${name}`;
    if (is === undefined) return [`no longer knows the operation ${name}`];
    return includes(was, is) ? [] : [`demands ${is}${what}, where ${was} was enough`];
  });
}

function parameterChanges(before: readonly ParameterObject[], after: readonly ParameterObject[]): string[] {
  const key = ({ in: place, name }: ParameterObject) => `${place} ${name}`;
  const known = new Set(before.map(key));
  const left = new Set(after.map(key));
  return [
    ...before
      .filter((each) => each.in === 'query' && !left.has(key(each)))
      .map(({ name }) => `no longer takes ?${name}`),
    ...after
      .filter((each) => each.required && !known.has(key(each)))
      .map(({ name }) => `now demands the parameter ${name}`),
  ];
}

function bodyChanges(before: Side, after: Side): string[] {
  const was = bodyOf(before);
  const is = bodyOf(after);
  if (!is) return [];
  if (!was) return is.required ? ['now demands a body'] : [];
  return Object.entries(was.content).flatMap(([type, { schema }]) => {
    const taken = is.content[type];
    if (!taken) return [`no longer takes ${type}`];
    if (!schema || !taken.schema) return [];
    return narrowed({
      old: { ...before, schema },
      now: { ...after, schema: taken.schema },
      at: 'the body',
      direction: 'request',
    });
  });
}

function bodyOf({ document, object }: Side): RequestBodyObject | undefined {
  return object.requestBody && resolve<RequestBodyObject>(document, object.requestBody);
}

/** Successes only: a failure is read by its code. */
function answerChanges(before: Side, after: Side): string[] {
  return Object.keys(before.object.responses)
    .filter((status) => /^2\d\d$/.test(status))
    .flatMap((status) => {
      const was = resolve<ResponseObject>(before.document, before.object.responses[status]);
      if (!(status in after.object.responses)) return [`no longer answers ${status}`];
      const is = resolve<ResponseObject>(after.document, after.object.responses[status]);
      return Object.entries(was.content ?? {}).flatMap(([type, { schema }]) => {
        const given = is.content?.[type];
        if (!given) return [`no longer answers ${type}`];
        if (!schema || !given.schema) return [];
        // What is answered must be no more than what was: the same comparison, the other way round.
        return narrowed({
          old: { ...after, schema: given.schema },
          now: { ...before, schema },
          at: 'the answer',
          direction: 'answer',
        });
      });
    });
}

interface Described {
  readonly document: OpenApiDocument;
  readonly schema: Schema;
}

/** Which way round a comparison reads: a request must still be taken, an answer must still be known. */
type Direction = 'request' | 'answer';

interface Comparison {
  /** Every value of this … */
  readonly old: Described;
  /** … must be a value of this. */
  readonly now: Described;
  readonly at: string;
  readonly direction: Direction;
}

const deepest = 12;

/** Where a value that `old` describes may not fit `now`. Of alternatives each must fit one. */
function narrowed(comparison: Comparison, depth = 0): string[] {
  if (depth > deepest) return [];
  const { old, now } = comparison;
  return alternativesOf(old).flatMap((one) => {
    const attempts = alternativesOf(now).map((other) => narrowedOne({ ...comparison, old: one, now: other }, depth));
    return attempts.reduce((best, each) => (each.length < best.length ? each : best));
  });
}

function alternativesOf({ document, schema }: Described): Described[] {
  const resolved = resolve<{ oneOf?: readonly Schema[]; anyOf?: readonly Schema[] } & Schema>(document, schema);
  const alternatives = resolved.oneOf ?? resolved.anyOf ?? [resolved];
  return alternatives.map((alternative) => ({ document, schema: alternative }));
}

function narrowedOne({ old, now, at, direction }: Comparison, depth: number): string[] {
  const was = flat(old);
  const is = flat(now);
  const within = (schema: Schema | undefined, other: Schema | undefined, place: string): string[] => {
    if (!schema || !other) return [];
    const sides = { old: { ...old, schema }, now: { ...now, schema: other } };
    return narrowed({ ...sides, at: place, direction }, depth + 1);
  };
  const inside = Object.entries(was.properties ?? {}).flatMap(([name, schema]) =>
    within(schema, is.properties?.[name], `${at}'s ${name}`),
  );
  return [
    ...(direction === 'request' ? limitFaults(was, is).map((limit) => `${at} has ${limit}`) : []),
    ...valueFaults(was, is).map((value) => `${at} ${direction === 'answer' ? 'may be' : 'may no longer be'} ${value}`),
    ...(is.required ?? [])
      .filter((name) => !(was.required ?? []).includes(name))
      .map((name) => `${at} ${direction === 'answer' ? 'may lack' : 'now needs'} ${name}`),
    ...unknownProperties(was, is, direction).map((name) => `${at} no longer takes ${name}`),
    ...inside,
    ...within(was.items, is.items, `an element of ${at}`),
  ];
}

/** Types and literal values of the one that the other does not have; nothing is said of what is not restricted. */
function valueFaults(was: Flat, is: Flat): string[] {
  const missing = (some: readonly string[], others: readonly string[]) =>
    others.length === 0
      ? []
      : some.filter((each) => !others.includes(each) && !(each === 'integer' && others.includes('number')));
  return [...missing(typesOf(was), typesOf(is)), ...missing(choicesOf(was), choicesOf(is))];
}

const upperLimits = ['maxLength', 'maximum', 'maxItems', 'maxProperties'] as const;
const lowerLimits = ['minLength', 'minimum', 'minItems', 'minProperties'] as const;
const forms = ['pattern', 'format'] as const;

/** What a request meets that is tighter than before, or new. */
function limitFaults(was: Flat, is: Flat): string[] {
  const tighter = [
    ...upperLimits.filter((name) => (is[name] ?? Number.POSITIVE_INFINITY) < (was[name] ?? Number.POSITIVE_INFINITY)),
    ...lowerLimits.filter((name) => (is[name] ?? 0) > (was[name] ?? 0)),
    ...forms.filter((name) => is[name] !== undefined && is[name] !== was[name]),
  ];
  return tighter.map((name) => `${name} ${is[name]}${was[name] === undefined ? '' : ` in place of ${was[name]}`}`);
}

/** A client bears new fields in an answer; a server refuses unknown ones in a request. */
function unknownProperties(was: Flat, is: Flat, direction: Direction): string[] {
  const closed = is.additionalProperties === false || is.unevaluatedProperties === false;
  if (direction === 'answer' || !closed) return [];
  return Object.keys(was.properties ?? {}).filter((name) => !(name in (is.properties ?? {})));
}

interface Flat extends Partial<Record<(typeof upperLimits | typeof lowerLimits)[number], number>> {
  readonly pattern?: string;
  readonly format?: string;
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: unknown;
  readonly unevaluatedProperties?: unknown;
}

/** References followed and `allOf` joined. */
function flat({ document, schema }: Described): Flat {
  const resolved = resolve<Flat & { allOf?: readonly Schema[] }>(document, schema);
  const parts = [resolved, ...(resolved.allOf ?? []).map((part) => flat({ document, schema: part }))];
  return {
    ...Object.assign({}, ...parts.toReversed()),
    required: parts.flatMap((part) => part.required ?? []),
    properties: Object.assign({}, ...parts.map((part) => part.properties)),
  };
}

function typesOf({ type, const: only, enum: some }: Flat): string[] {
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.map(String);
  const values = only !== undefined ? [only] : (some ?? []);
  return [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))];
}

function choicesOf({ const: only, enum: some }: Flat): string[] {
  if (only !== undefined) return [JSON.stringify(only)];
  return (some ?? []).map((value) => JSON.stringify(value));
}
