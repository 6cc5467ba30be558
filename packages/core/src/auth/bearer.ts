/** `Bearer <access token>` (RFC 6750): what the token says; whether its account still agrees is asked elsewhere. */
import { schemes } from '../authorization-header.js';
import { bearerChallenge } from './failures.js';
import type { Scheme } from './scheme.js';
import type { Tokens, VerifiedToken } from './tokens.js';

/** Its `verify` answers at once, so that a caller whose token is known costs no turn of the event loop. */
export interface BearerScheme extends Scheme<VerifiedToken> {
  verify(value: string): VerifiedToken;
}

export function createBearerScheme(tokens: Tokens): BearerScheme {
  return {
    name: schemes.bearer,
    realm: 'user',
    challenge: bearerChallenge,
    verify: (value) => tokens.verify(value),
  };
}
