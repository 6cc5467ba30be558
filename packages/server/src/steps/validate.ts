/** Parameters and body against the contract; parameters become the numbers and booleans they stand for. */
import { invalidRequest } from '@palestra/core';
import { errorOf, faultOf } from '../contract/faults.js';
import type { ValidateFunction } from '../contract/validate.js';
import type { Exchange } from './exchange.js';

export function validateParameters(exchange: Exchange): void {
  const { operation, ctx } = exchange;
  if (operation.validatePath) {
    const params = { ...exchange.params };
    assertValid(operation.validatePath, params, '');
    exchange.params = params;
  }
  if (operation.validateQuery && ctx.querystring !== '') {
    const query = { ...ctx.query };
    assertValid(operation.validateQuery, query, '?');
    exchange.query = query;
  } else if (operation.validateQuery) {
    assertValid(operation.validateQuery, exchange.query, '?');
  }
}

export function validateBody(exchange: Exchange): void {
  const rule = exchange.operation.body;
  if (!rule?.validate || (exchange.body === undefined && !rule.required)) return;
  if (rule.validate(exchange.body)) return;
  const fault = faultOf(rule.validate.errors);
  if (fault.field === 'the body') throw invalidRequest(fault.detail, fault.pointer);
  throw errorOf(fault, rule.name);
}

function assertValid(validate: ValidateFunction, value: unknown, prefix: string): void {
  if (!validate(value)) throw errorOf(faultOf(validate.errors, prefix), 'the request');
}
