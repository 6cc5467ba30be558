/** Validates parameters and body against the contract; parameters become numbers and booleans where it says so. */
import { bodyPointer, invalidRequest, pathPointer, queryPointer, type RequestEnvelope } from '@palestra/core';
import { dataError, errorOf, faultOf, type Locate } from '../contract/faults.js';
import { isPercentEncodedUtf8 } from '../contract/percent-encoding.js';
import type { Validator } from '../contract/validate.js';
import type { Exchange } from './exchange.js';

export function validateParameters(exchange: Exchange): void {
  const { operation, ctx } = exchange;
  if (operation.validatePath) {
    const params = { ...exchange.params };
    assertValid(operation.validatePath, params, inParameter(pathPointer));
    exchange.params = params;
  }
  if (operation.validateQuery && ctx.querystring !== '') {
    if (!isPercentEncodedUtf8(ctx.querystring)) throw invalidRequest('The query is not UTF-8.', queryPointer(''));
    const query = { ...ctx.query };
    assertValid(operation.validateQuery, query, inParameter(queryPointer));
    exchange.query = query;
  } else if (operation.validateQuery) {
    assertValid(operation.validateQuery, exchange.query, inParameter(queryPointer));
  }
}

export function validateBody(exchange: Exchange): void {
  const rule = exchange.operation.body;
  if (!rule?.validate || (exchange.body === undefined && !rule.required)) return;
  if (rule.validate(exchange.body)) return;
  throw errorOf(faultOf(rule.validate.errors), rule.name);
}

/** The `data` of an envelope, against the schema of its operation. */
export function validateData({ body, operation: { body: rule } }: Exchange): void {
  const { operation, data } = body as RequestEnvelope;
  const validate = rule?.validateData[operation];
  if (!validate || validate(data)) return;
  throw dataError(faultOf(validate.errors, inData), operation, rule.name);
}

const inData: Locate = (...steps) => bodyPointer('data', ...steps);

function assertValid(validate: Validator, value: unknown, locate: Locate): void {
  if (!validate(value)) throw errorOf(faultOf(validate.errors, locate), 'the request');
}

/** A parameter by its name, and what is wrong inside it by a pointer after that. */
function inParameter(pointerOf: (name: string) => string): Locate {
  return (name = '', ...steps) => pointerOf(name) + bodyPointer(...steps);
}
