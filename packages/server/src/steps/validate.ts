/** Parameters and body against the contract; parameters become the numbers and booleans they stand for. */
import { bodyPointer, pathPointer, queryPointer } from '@palestra/core';
import { errorOf, faultOf, type Locate } from '../contract/faults.js';
import type { ValidateFunction } from '../contract/validate.js';
import type { Exchange } from './exchange.js';

export function validateParameters(exchange: Exchange): void {
  const { operation, ctx } = exchange;
  if (operation.validatePath) {
    const params = { ...exchange.params };
    assertValid(operation.validatePath, params, inParameter(pathPointer));
    exchange.params = params;
  }
  if (operation.validateQuery && ctx.querystring !== '') {
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

function assertValid(validate: ValidateFunction, value: unknown, locate: Locate): void {
  if (!validate(value)) throw errorOf(faultOf(validate.errors, locate), 'the request');
}

/** A parameter by its name, and what is wrong inside it by a pointer after that. */
function inParameter(pointerOf: (name: string) => string): Locate {
  return (name = '', ...steps) => pointerOf(name) + bodyPointer(...steps);
}
