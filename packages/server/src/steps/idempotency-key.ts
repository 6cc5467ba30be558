/** The `Idempotency-Key` of a request, and the scope in which it is unique: the caller and the operation. */
import { headerPointer, invalidRequest, type Principal } from '@palestra/core';
import { callerKey } from './caller.js';
import type { Exchange } from './exchange.js';

export interface ScopedKey {
  readonly scope: string;
  readonly key: string;
}

/** Visible ASCII; two headers would come joined by a comma and a space. */
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/**
 * Undefined without the header.
 * @throws PalestraError `invalidRequest`
 */
export function idempotencyKeyOf(exchange: Exchange, principal: Principal): ScopedKey | undefined {
  const key = exchange.header('idempotency-key');
  if (key === undefined) return undefined;
  if (!keyPattern.test(key)) {
    throw invalidRequest(
      'Idempotency-Key is 1 to 255 visible ASCII characters, sent once',
      headerPointer('Idempotency-Key'),
    );
  }
  return { scope: `${callerKey(principal) ?? 'guest '} ${exchange.operationId}`, key };
}
