/** The machinery under every client, built once: `steps` is the life of a call, the outermost first. */
import type { ServerKey } from '@palestra/core';
import type { Answer, CallOptions } from './call/call.js';
import { compose, type Middleware } from './call/middleware.js';
import { callOf, type Defaults, type LooseRequest } from './call/request.js';
import type { Operation } from './contract/operation.js';
import { getServerKey, refresh } from './generated/operations.js';
import type { ClientOptions } from './options.js';
import type { Caller, PartScope } from './resources/plugin.js';
import { systemClock } from './runtime/clock.js';
import { runtimeFetch } from './runtime/fetch.js';
import { webCrypto } from './sealing/crypto.js';
import { type FetchedKey, Sealer } from './sealing/sealer.js';
import { Session, type TokenAnswer } from './session/session.js';
import { memoryTokens } from './session/tokens.js';
import { authorizing } from './steps/authorize.js';
import { retrying } from './steps/retry.js';
import { sealing } from './steps/seal.js';
import { sending } from './steps/send.js';

type Run = (operation: Operation, request?: LooseRequest, options?: CallOptions) => Promise<Answer>;

/** The server accepts a spent refresh token again for 10 s, in case the reply was lost; later it ends the session. */
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
  const travel = compose(steps, sending(transport, clock));

  const call = async (...call: Parameters<Run>) => (await run(...call)).data;
  return {
    // The operation's constant carries the types of request and result; this code does not depend on them.
    call: call as Caller['call'],
    sealed: (plaintext, send, callOptions) => sealer.use(plaintext, send, callOptions),
    session,
  };
}

function fetchedKey({ data, header }: Answer, now: number): FetchedKey {
  const skewMs = Date.parse(header('date') ?? '') - now;
  return { key: data as ServerKey, skewMs: Number.isNaN(skewMs) ? 0 : skewMs };
}
