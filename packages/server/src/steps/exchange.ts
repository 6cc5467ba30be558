/** One request on its way through the steps: what each step has found out, and what the handler sees (`Call`). */
import {
  type Call,
  type Clock,
  guest,
  type IdempotentCall,
  type PalestraError,
  type Principal,
  type Privilege,
} from '@palestra/core';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import type { Deadlines } from '../async/deadlines.js';
import type { ReadForm } from '../contract/form.js';
import type { DescribedOperation } from '../contract/operations.js';
import type { Validator } from '../contract/validate.js';
import type { TransactedCall } from '../database/call-transaction.js';
import type { Transaction } from '../database/types.js';
import type { IdempotencyKeeper } from '../idempotency/types.js';
import type { Authenticator, HostAccounts, HostCaller, Unsealer } from '../identity/types.js';
import type { RequestTimes } from '../metrics/request-times.js';
import type { NamedLimits, RateLimiter } from '../rate-limit/types.js';
import type { Tracing } from '../tracing/index.js';
import { headerValues } from './header-values.js';
import type { HttpContext } from './http-context.js';

/** Synchronous or not; what it throws becomes the failure. */
export type Step = (exchange: Exchange) => void | Promise<void>;

/** A plugin's handler; its types were checked when the plugin was compiled. */
export type AnyHandler = (request: unknown, call: Call) => unknown;

/** An operation with everything decided that does not depend on the request. */
export interface CompiledOperation extends DescribedOperation {
  readonly steps: readonly Step[];
  /** The least privilege that the caller must have; undefined for a public operation. */
  readonly privilege: Privilege | undefined;
  /** For an envelope: who may do each `operation`. */
  readonly privileges: Readonly<Record<string, Privilege>> | undefined;
  readonly rateLimits: OperationLimits | undefined;
  readonly body: BodyRule | undefined;
  readonly validatePath: Validator | undefined;
  readonly validateQuery: Validator | undefined;
  readonly answer: AnswerRule;
  readonly handler: AnyHandler;
  /** Milliseconds, without those in which the body is read. */
  readonly answerWithin: number;
}

/** The limits that an operation names by `x-rate-limit`, by whose requests they count. */
export interface OperationLimits {
  readonly network: NamedLimits | undefined;
  readonly caller: NamedLimits | undefined;
}

export interface BodyRule {
  readonly required: boolean;
  /** At most so many bytes. */
  readonly limit: number;
  readonly mediaTypes: readonly string[];
  /** Undefined where no form is taken. */
  readonly readForm: ReadForm | undefined;
  /** Name of the schema in messages, where it has one; of an envelope, its resource's. */
  readonly name: string;
  /** Undefined for an envelope, whose parts are validated one after the other. */
  readonly validate: Validator | undefined;
  /** Of an envelope: by `operation`, what validates its `data`. */
  readonly validateData: Readonly<Record<string, Validator>>;
}

export interface AnswerRule {
  readonly status: number;
  /** `data` is put into the envelope. */
  readonly envelope: boolean;
  /** Undefined where the success has no content. */
  readonly mediaType: string | undefined;
  /** Validates a response against the contract; only with `checkAnswers` (tests). */
  readonly check: ((status: number, body: unknown) => void) | undefined;
}

/** The caller as the embedding app knows it; undefined for none, and then the `Authorization` header decides. */
export type Identify = (ctx: Context) => HostCaller | undefined | Promise<HostCaller | undefined>;

/** Told of each request: `enter` when its steps begin, `leave` when its response is sent or its client is gone. */
interface InFlightCounter {
  enter(): void;
  leave(): void;
}

/** Who calls, and from where. */
interface CallerServices {
  readonly authenticator: Authenticator;
  /** The embedding app's own authentication. */
  readonly identify: Identify | undefined;
  readonly hostAccounts: Pick<HostAccounts, 'principalOf'>;
  /** Whose pages may write with a cookie of the embedding app, beside its own. */
  readonly trustedOrigins: ReadonlySet<string>;
  /** The client's IP address. */
  addressOf(ctx: Pick<HttpContext, 'ip' | 'req'>): string;
}

/** Ids of an older system in paths and bodies. */
interface LegacyIds {
  /** Names of the members of bodies that hold ids. */
  readonly names: () => ReadonlySet<string>;
  /** The id of the imported row that had this one; `name` says of which kind. */
  rowOf(legacyId: string, name?: string): Promise<number | undefined>;
}

/** What is kept of every request while it runs. */
interface RequestServices {
  readonly timeouts: Deadlines<Exchange>;
  readonly inFlight: InFlightCounter;
  /** Undefined where metrics are off. */
  readonly times: RequestTimes | undefined;
  /** Undefined where no SDK of OpenTelemetry is registered. */
  readonly tracing: Tracing | undefined;
}

/** What the steps need of the host. */
export interface StepServices {
  readonly callers: CallerServices;
  readonly unsealer: Unsealer;
  readonly idempotency: IdempotencyKeeper;
  readonly legacyIds: LegacyIds;
  readonly limiter: RateLimiter;
  readonly requests: RequestServices;
  readonly log: Logger;
  readonly clock: Clock;
}

export class Exchange implements Call, TransactedCall {
  readonly ctx: HttpContext;
  readonly operation: CompiledOperation;
  readonly services: StepServices;
  readonly requestId: string;
  readonly receivedAt: number;
  /** `performance.now()` when its time limit ends. */
  answerBy: number;
  /** Its handler has begun, and may have had an effect. */
  handling = false;
  principal: Principal = guest;
  /** The refusal of a token that has ended: of such a request only a kept answer is given. */
  endedToken?: PalestraError;
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>> = {};
  body: unknown;
  rawBody?: Uint8Array;
  idempotency?: IdempotentCall;
  transaction: Transaction | undefined;
  result: unknown;

  constructor(
    ctx: HttpContext,
    operation: CompiledOperation,
    services: StepServices,
    request: { readonly id: string; readonly params: Readonly<Record<string, string>> },
  ) {
    this.ctx = ctx;
    this.operation = operation;
    this.services = services;
    this.requestId = request.id;
    this.params = request.params;
    this.receivedAt = services.clock.now();
    this.answerBy = performance.now() + operation.answerWithin;
  }

  get operationId(): string {
    return this.operation.id;
  }

  get ip(): string {
    return this.services.callers.addressOf(this.ctx);
  }

  /** The values of a header sent twice are joined by a comma (RFC 9110 section 5.3). */
  header(name: string): string | undefined {
    const values = headerValues(this.ctx.req, name);
    return values.length > 0 ? values.join(', ') : undefined;
  }
}
