/** The machinery under every client, built once: the steps of a call, from the outermost to the transport. */
import type { Answer, CallOptions } from './call/call.js';
import { within } from './call/limits.js';
import { compose, type Middleware } from './call/middleware.js';
import { callOf, type Defaults, type LooseRequest } from './call/request.js';
import type { Operation } from './contract/operation.js';
import type { Seal } from './credentials/sealer.js';
import { asClientError, building, localError } from './errors/local-error.js';
import { getServerKey, logout, refresh } from './generated/operations.js';
import type { LeanClientOptions } from './options.js';
import type { Caller, PartScope } from './resources/plugin.js';
import { systemClock } from './runtime/clock.js';
import { runtimeFetch } from './runtime/fetch.js';
import { runtime } from './runtime/runtime.js';
import { createSession, type TokenAnswer } from './session/session.js';
import { memoryTokens, type TokenStore } from './session/tokens.js';
import { authorizing } from './steps/authorize.js';
import { retrying } from './steps/retry.js';
import { sealing } from './steps/seal.js';
import { sending } from './steps/send.js';

type Run = (operation: Operation, request?: LooseRequest, options?: CallOptions) => Promise<Answer>;

/** A server that does not know the refresh key accepts a spent refresh token for 10 s, in case the reply was lost. */
const refreshOptions = { timeoutMs: 4_000, retry: { budgetMs: 9_000 } } as const;

/** A client's connection to its server. */
export interface Connection {
  /** For the parts of the client. */
  readonly scope: PartScope;
  /** Sends an operation and gives the whole answer; 304 too. */
  readonly run: Run;
  /** The same connection with the tokens of another store. */
  as(tokens: TokenStore): Connection;
}

export function connect(options: LeanClientOptions, observers: readonly Middleware[] = []): Connection {
  const { baseUrl, clock = systemClock, random = Math.random, tokens = memoryTokens(), use = [] } = options;
  const { timeoutMs = 30_000, retry, headers, crypto, pinnedKids } = options;
  const defaults: Defaults = { baseUrl: baseUrl.replace(/\/+$/, ''), timeoutMs, retry, headers, clock };
  const send = compose(
    observers,
    sending(() => options.transport ?? runtimeFetch(), clock),
  );

  const runWith = (steps: readonly Middleware[]): Run => {
    const travel = compose(steps, send);
    return async (operation, request = {}, callOptions = {}) => {
      try {
        return await travel(building({ operation }, () => callOf(operation, request, callOptions, defaults)));
      } catch (cause) {
        throw asClientError(cause, 'unexpected', 'unexpected', { operation });
      }
    };
  };
  /** Without `use`: middleware that waits for a refresh must not be what the refresh waits for. */
  const runInternal = runWith([retrying(clock, random)]);

  let loaded: Seal | undefined;
  const seal: Seal = async (...sealing) => {
    const { createSeal } = await import('./credentials/index.js');
    const shared = { runtime, within, building, localError, asClientError };
    loaded ??= createSeal({ crypto, pinnedKids, clock, fetchKey: () => runInternal(getServerKey), shared });
    return loaded(...sealing);
  };

  const connection = (store: TokenStore): Connection => {
    const session = createSession({
      store: store.bind?.(defaults.baseUrl, clock) ?? store,
      clock,
      async rotate({ refreshToken, refreshKey }, isCurrent) {
        const body = { refresh_token: refreshToken, refresh_key: refreshKey };
        const runRefresh = runWith([retrying(clock, random, isCurrent)]);
        return (await runRefresh(refresh, { body }, refreshOptions)).data as TokenAnswer;
      },
      revoke: (refresh_token) => runInternal(logout, { body: { refresh_token } }),
    });
    const run = runWith([...use, authorizing(session, clock), retrying(clock, random), sealing(seal)]);
    const call = async (...request: Parameters<Run>) => {
      const { status, data } = await run(...request);
      // Only `raw` has a way to say that nothing is modified.
      if (status === 304) throw localError('answer_malformed', 'protocol', { operation: request[0] }, 304, { status });
      return data;
    };
    const scope: PartScope = {
      // The operation's constant carries the types of request and result; this code does not depend on them.
      call: call as Caller['call'],
      sealed: (operation, plaintext, send, { signal } = {}) => seal(operation, plaintext, send, signal),
      session,
    };
    return { scope, run, as: connection };
  };
  return connection(tokens);
}
