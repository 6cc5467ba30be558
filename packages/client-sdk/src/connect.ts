/** The machinery under every client, wired once: `steps` is the life of a call, the outermost first. */
import { formatAuthorization, type ServerKey, schemes } from '@palestra/core';
import { type Answer, type Caller, type CallOptions, type Middleware, onion } from './call.js';
import { webCrypto } from './crypto.js';
import { getServerKey, refresh } from './generated/operations.js';
import type { Operation } from './operation.js';
import type { ClientOptions } from './options.js';
import type { PartScope } from './plugin.js';
import { callOf, type Defaults, type LooseRequest } from './request.js';
import { retrying } from './retry.js';
import { systemClock } from './runtime.js';
import { type FetchedKey, Sealer } from './seal.js';
import { sending } from './send.js';
import { authorizing, Session, type TokenAnswer } from './session.js';
import { memoryTokens } from './tokens.js';
import { runtimeFetch } from './transport.js';

type Run = (operation: Operation, request?: LooseRequest, options?: CallOptions) => Promise<Answer>;

/** A spent refresh token may come again for 10 s only, in case the reply was lost; later it ends the session. */
const refreshOptions = { timeoutMs: 4_000, retry: { budgetMs: 9_000 } } as const;

export function connect(options: ClientOptions): PartScope {
  const { clock = systemClock, random = Math.random, transport = runtimeFetch, tokens = memoryTokens() } = options;
  const { crypto = webCrypto(), pinnedKids, timeoutMs = 30_000, retry } = options;
  const defaults: Defaults = { baseUrl: options.baseUrl.replace(/\/+$/, ''), timeoutMs, retry };

  const run: Run = async (operation, request = {}, callOptions = {}) =>
    travel(callOf(operation, request, callOptions, { ...defaults, now: clock.now() }));
  const rotate = async (token: string) =>
    (await run(refresh, { body: { refresh_token: token } }, refreshOptions)).data as TokenAnswer;
  const session = new Session({ store: tokens, clock, rotate });
  const sealer = new Sealer({
    crypto,
    pinnedKids,
    clock,
    fetchKey: async () => fetchedKey(await run(getServerKey), clock.now()),
  });
  const steps: readonly Middleware[] = [
    ...(options.use ?? []),
    authorizing(session),
    retrying(clock, random),
    sealing(sealer),
  ];
  const travel = onion(steps, sending(transport, clock));

  const call = async (...call: Parameters<Run>) => (await run(...call)).data;
  return {
    // The types of request and result are those of the operation's constant, which nothing in here looks at.
    call: call as Caller['call'],
    sealed: (plaintext, send, callOptions) => sealer.use(plaintext, send, callOptions),
    session,
  };
}

function fetchedKey({ data, header }: Answer, now: number): FetchedKey {
  const skewMs = Date.parse(header('date') ?? '') - now;
  return { key: data as ServerKey, skewMs: Number.isNaN(skewMs) ? 0 : skewMs };
}

/** An administrator's sign-in brings its own `Authorization` and no body: nothing to seal. */
function sealing(sealer: Sealer): Middleware {
  return async (call, next) => {
    const { body, operation } = call;
    if (operation.sealed === undefined || typeof body !== 'object' || body === null) return next();
    const send = (value: string) => {
      if (operation.sealed === 'body') call.sealed = { sealed: value };
      else call.headers.authorization = formatAuthorization(schemes.user, value);
      return next();
    };
    return sealer.use(body, send, call);
  };
}
