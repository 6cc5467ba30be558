/** Of all that was recorded, the exchange that shows most of an operation, and is still short enough to be read. */
import { isJsonObject, type OpenApiDocument } from '@palestra/core';
import { type DescribedOperation, type OperationExample, operationsOf } from '@palestra/server/generate';
import { scrubbed } from './scrub.js';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  readonly answer?: unknown;
}

const longest = 2_500;
/** More than so many values say no more. */
const enough = 40;

/** By `operationId`; of an envelope also by its `operation`, and where success has several statuses by the status. */
export function chooseExamples(document: OpenApiDocument, traffic: readonly Exchange[]): Map<string, OperationExample> {
  const operations = operationsOf(document).map((operation) => ({ operation, matches: matcherOf(operation.path) }));
  const best = new Map<string, OperationExample>();
  for (const exchange of traffic) {
    const found = operations
      .filter(({ operation, matches }) => operation.method === exchange.method && matches.test(exchange.path))
      .sort((a, b) => a.operation.path.split('{').length - b.operation.path.split('{').length)[0];
    const example = found && exampleOf(found.operation, exchange);
    if (!found || !example) continue;
    const key = keyOf(found.operation, exchange);
    const known = best.get(key);
    if (!known || isBetter(example, known)) best.set(key, example);
  }
  return new Map([...best].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function matcherOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.]/g, '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
}

function keyOf({ id, object }: DescribedOperation, { body, status }: Exchange): string {
  const isEnvelope = typeof object['x-privilege'] === 'object' && isJsonObject(body);
  if (isEnvelope) return `${id} ${String(body.operation)}`;
  const successes = Object.keys(object.responses).filter((each) => each.startsWith('2'));
  return successes.length > 1 ? `${id} ${status}` : id;
}

/** Undefined for a refusal, and for what is too long. */
function exampleOf({ id, object }: DescribedOperation, exchange: Exchange): OperationExample | undefined {
  const { body, status, answer } = exchange;
  if (!(status in object.responses) || status >= 300 || (object.requestBody && !isJsonObject(body))) return undefined;
  // A sealed body is described once for all operations, with its example.
  const hasOwnBody = object.requestBody !== undefined && object['x-sealed'] === undefined;
  const request = hasOwnBody ? { request: scrubbed(body, id) } : {};
  const example = { ...request, status, ...(answer !== undefined && { answer: scrubbed(answer, id) }) };
  const text = JSON.stringify(example);
  return text.length <= longest && !filler.test(text) ? example : undefined;
}

/** Members that a test has made up by the dozen. */
const filler = /"m\d+":/;

/** More values, then fewer characters, then the alphabet: the same choice in every run on the same traffic. */
function isBetter(one: OperationExample, other: OperationExample): boolean {
  const [text, known] = [JSON.stringify(one), JSON.stringify(other)];
  const differences = [
    Math.min(valuesIn(other), enough) - Math.min(valuesIn(one), enough),
    text.length - known.length,
    text < known ? -1 : 1,
  ];
  return (differences.find((difference) => difference !== 0) ?? 0) < 0;
}

function valuesIn(value: unknown): number {
  if (value === null || value === '') return 0;
  if (typeof value !== 'object') return 1;
  return Object.values(value).reduce((sum: number, each) => sum + valuesIn(each), 0);
}
