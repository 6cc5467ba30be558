/** Types of a handler, derived from what openapi-typescript makes of a fragment's operations. */
import type { Principal } from '../principal.js';
import type { Unit } from './unit.js';

/** The shape openapi-typescript gives every entry of `operations`. */
export interface OperationTypes {
  parameters: { query?: unknown; header?: unknown; path?: unknown; cookie?: unknown };
  requestBody?: unknown;
  responses: object;
}

type Content<Part> = Part extends { content: infer Media extends object } ? Media[keyof Media] : undefined;
type Present<Part> = Part extends undefined ? Record<string, never> : NonNullable<Part>;
type SuccessStatus = 200 | 201 | 202 | 204;
type SuccessBody<Responses> = {
  [Status in keyof Responses & SuccessStatus]: Content<Responses[Status]>;
}[keyof Responses & SuccessStatus];

/** The validated request: numbers are numbers, defaults are filled in. */
interface RequestOf<Types extends OperationTypes> {
  readonly params: Present<Types['parameters']['path']>;
  readonly query: Present<Types['parameters']['query']>;
  readonly body: Content<NonNullable<Types['requestBody']>>;
}

/** What a handler returns: `data` where the contract has an envelope, else the documented body. */
export type ResultOf<Types extends OperationTypes> =
  SuccessBody<Types['responses']> extends {
    success: true;
    data: infer Data;
  }
    ? Data
    : SuccessBody<Types['responses']>;

/** What a handler may know of the call it answers. */
export interface Call {
  readonly operationId: string;
  readonly requestId: string;
  readonly principal: Principal;
  /** The peer's address, behind a trusted proxy the client's. */
  readonly ip: string;
  /** Milliseconds since the epoch, by the host's clock, when the request arrived. */
  readonly receivedAt: number;
  /** A request header by its lower-case name. */
  header(name: string): string | undefined;
  /** The body's bytes as they came; undefined where an embedding app has read them already. */
  readonly rawBody?: Uint8Array;
  /** Where the operation has `x-external-effects` and the caller sent an `Idempotency-Key`. */
  readonly idempotency?: IdempotentCall;
}

/** The one execution under an `Idempotency-Key`. */
export interface IdempotentCall {
  /**
   * Names this use of the key, the same if another instance takes the call over: a unique column with it makes the
   * effect happen once, whatever dies in between.
   */
  readonly id: string;
  /**
   * Keeps the answer in the transaction of its effect, so that there is never one without the other; a handler that
   * does not call it has its answer kept after it returns.
   * @throws PalestraError `conflict` if the call has been taken over: the transaction must not commit
   */
  finish(unit: Unit, result: unknown): Promise<void>;
}

const replyBrand: unique symbol = Symbol.for('palestra.reply');
const streamBrand: unique symbol = Symbol.for('palestra.stream');

/** A result with another status or further headers than the contract's first success. */
export interface Reply<Body> {
  readonly [replyBrand]: true;
  readonly body: Body;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export function reply<Body>(status: number, body: Body, headers: Record<string, string> = {}): Reply<Body> {
  return { [replyBrand]: true, body, status, headers };
}

export function isReply(value: unknown): value is Reply<unknown> {
  return typeof value === 'object' && value !== null && replyBrand in value;
}

/** A list sent as it is read, chunk by chunk, so that its length never matters to memory. */
export interface Streamed<Item> {
  readonly [streamBrand]: true;
  readonly chunks: AsyncIterable<ListChunk<Item>>;
}

/** Some items, or the JSON text of a list of them. */
export type ListChunk<Item> = readonly Item[] | Encoded<readonly Item[]>;

export function streamed<Item>(chunks: AsyncIterable<ListChunk<Item>>): Streamed<Item> {
  return { [streamBrand]: true, chunks };
}

export function isStreamed(value: unknown): value is Streamed<unknown> {
  return typeof value === 'object' && value !== null && streamBrand in value;
}

const encodedBrand = 'palestra.encoded';

/** A value whose JSON text is there already, made from its row without the value in between. */
export class Encoded<Value> {
  readonly brand: typeof encodedBrand = encodedBrand;
  /** Never set; it carries the type. */
  declare readonly value?: Value;

  /** @param asStored it says nothing but what its table says */
  constructor(
    readonly text: string,
    readonly asStored: boolean = false,
  ) {}

  /** The value, for a caller that needs it after all. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

export function isEncoded(value: unknown): value is Encoded<unknown> {
  return typeof value === 'object' && value !== null && 'brand' in value && value.brand === encodedBrand;
}

type Body<Result> = Result extends readonly (infer Item)[]
  ? readonly Item[] | Encoded<readonly Item[]> | Streamed<Item>
  : Result | Encoded<Result>;
type Outcome<Result> = Body<Result> | Reply<Body<Result>>;

export type Handler<Types extends OperationTypes> = (
  request: RequestOf<Types>,
  call: Call,
) => Outcome<ResultOf<Types>> | Promise<Outcome<ResultOf<Types>>>;

/** Handlers by `operationId`: exhaustive by type here, and checked again at boot. */
export type Handlers<Operations> = {
  readonly [Id in keyof Operations]: Operations[Id] extends OperationTypes ? Handler<Operations[Id]> : never;
};
