/** The request envelope of the resource API; what `data` may hold is validated after the operation's privilege. */
import {
  invalidOperation,
  invalidRequest,
  invalidResourceParameter,
  isJsonObject,
  type RequestEnvelope,
  requiredForRequest,
} from '@palestra/core';
import { bodyRequired } from '../contract/faults.js';
import type { Exchange } from './exchange.js';

const members = new Set(['operation', 'data']);

export function validateEnvelope(exchange: Exchange): void {
  exchange.body = toEnvelope(exchange.body, exchange.operation.privileges ?? {});
}

function toEnvelope(body: unknown, operations: Readonly<Record<string, unknown>>): RequestEnvelope {
  if (body === undefined) throw bodyRequired();
  if (!isJsonObject(body)) throw invalidRequest('the body must be object', '');
  const { operation, data } = body;
  if (operation === undefined) throw requiredForRequest('operation', '/operation');
  if (data === undefined) throw requiredForRequest('data', '/data');
  if (typeof operation !== 'string' || !Object.hasOwn(operations, operation)) {
    throw invalidOperation(shorten(operation), '/operation');
  }
  if (!isJsonObject(data)) throw invalidRequest('data must be object', '/data');
  const unknown = Object.keys(body).find((member) => !members.has(member));
  if (unknown !== undefined) throw invalidResourceParameter(shorten(unknown), 'the request', `/${unknown}`);
  return { operation: operation as RequestEnvelope['operation'], data };
}

/** What the caller sent, short enough for a message. */
function shorten(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
