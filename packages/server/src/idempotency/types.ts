/** What others see of idempotency keys. */
import { type IdempotentCall, type ServiceRef, serviceRef } from '@palestra/core';
import type { Transaction } from '../database/types.js';
import type { KeptAnswer } from './answer.js';

export interface KeyedRequest {
  /** Who calls which operation. */
  readonly scope: string;
  readonly key: string;
  /** Canonical text of what is asked for. */
  readonly content: string;
}

export interface KeptAnswers {
  /** Whether an answer is kept under this key, whatever the request was. */
  has(key: Omit<KeyedRequest, 'content'>): Promise<boolean>;
  /** @throws PalestraError `unprocessable` (422) if the key was used for another request, `outcomeUnknown` (503) */
  find(request: KeyedRequest): Promise<string | undefined>;
}

/** What became of a request; `answer` is undefined where it is not kept. */
export interface Outcome {
  readonly answer: KeptAnswer | undefined;
}

export type Executed<Result extends Outcome> = { readonly outcome: Result } | { readonly replayed: string };

/** How a handler is run in a transaction. */
export interface HandlerRun<Result extends Outcome> {
  /** May run several times. */
  execute(transaction: Transaction | undefined): Promise<Result>;
  /** It passes the transaction to all its writes. */
  readonly passesTransaction: boolean;
}

export type ExecuteOnce = <Result extends Outcome>(
  request: KeyedRequest,
  execution: HandlerRun<Result>,
) => Promise<Executed<Result>>;

export type Claim = { readonly answer: string } | { readonly execution: Execution };

/** This request executes. */
export interface Execution extends IdempotentCall {
  /** Keeps `answer` unless the handler has kept one in its own transaction. */
  conclude(answer: KeptAnswer): Promise<void>;
  /** Keeps nothing: the next request with the key executes. */
  release(): Promise<void>;
}

/**
 * @throws PalestraError `conflict` (409, Retry-After) while the first request runs; `unprocessable` (422) if the key was
 * used for another request
 */
export type ClaimKey = (request: KeyedRequest) => Promise<Claim>;

/** Executes requests under an `Idempotency-Key` once, and answers them the same for a day. */
export interface IdempotencyKeeper {
  /** For a handler that only uses the database. */
  readonly executeOnce: ExecuteOnce;
  /** For a handler that calls other systems (`x-external-effects`). */
  readonly claim: ClaimKey;
  /** For a caller whose token has ended. */
  readonly kept: KeptAnswers;
  /** Called when a kept answer is sent again. */
  onReplay(): void;
}

export const idempotencyService: ServiceRef<IdempotencyKeeper> = serviceRef('idempotency');
