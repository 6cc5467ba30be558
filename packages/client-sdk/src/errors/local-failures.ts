/** Failures that the client finds itself. */
import type { ErrorKind } from './kinds.js';

/** By code, the kind of each; for the compiler alone. */
interface LocalFailures {
  readonly network_failed: 'network';
  readonly timed_out: 'timeout';
  readonly aborted: 'aborted';
  /** The user signed out while signing in. */
  readonly signed_out: 'aborted';
  readonly option_invalid: 'invalid';
  readonly parameter_invalid: 'invalid';
  readonly operation_unknown: 'invalid';
  readonly token_missing: 'auth';
  /** Not the answer of a Palestra server. */
  readonly answer_malformed: 'protocol';
  readonly redirected: 'protocol';
  readonly key_untrusted: 'untrusted';
  readonly key_unusable: 'untrusted';
  readonly fetch_missing: 'unsupported';
  readonly crypto_missing: 'unsupported';
  readonly crypto_failed: 'unsupported';
  readonly storage_failed: 'storage';
  readonly unexpected: 'unexpected';
}

/** Codes of failures that the client finds itself. */
export type LocalCode = keyof LocalFailures;

/** The kind of a code. */
export type KindOf<Code extends LocalCode> = LocalFailures[Code] & ErrorKind;
