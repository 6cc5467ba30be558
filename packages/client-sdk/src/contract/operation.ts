/** Operations of the contract as the client sees them: small constants that carry the types of request and result. */
import type { OperationTypes, ResultOf } from '@palestra/core';

/** An operation of the contract; `types` and `plaintext` exist for the compiler alone. */
export interface Operation<Types extends OperationTypes = OperationTypes, Plaintext = unknown> {
  /** `operationId` of the OpenAPI document. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{name}` for each path parameter. */
  readonly path: string;
  /** No access token is sent. */
  readonly public?: true;
  /** The answer has no envelope: the club API, and operations marked `x-bare`. */
  readonly bare?: true;
  /** Where the caller's `body` goes, sealed. */
  readonly sealed?: 'body' | 'authorization';
  /** The server keeps the answer under the `Idempotency-Key`: the write may be repeated (`x-idempotent`). */
  readonly idempotent?: true;
  /** Seconds that the server may take to answer, where they are more than usual (`x-answer-within`). */
  readonly answerWithin?: number;
  /** The result is an array. */
  readonly list?: true;
  /** A success has no body. */
  readonly empty?: true;
  /** Never set; carries the type. */
  readonly types?: Types;
  /** Never set; carries the type of what is sealed. */
  readonly plaintext?: Plaintext;
}

type Json<Content> = Content extends { content: infer Media } ? Media['application/json' & keyof Media] : undefined;

/** A part of a request: absent if the operation has none, optional if nothing in it is required. */
type Part<Name extends string, Value> = [Value] extends [undefined]
  ? { readonly [Key in Name]?: undefined }
  : Record<never, never> extends Value
    ? { readonly [Key in Name]?: Value }
    : { readonly [Key in Name]: Value };

/** An optional parameter may also be undefined; it is then left out of the URL. */
type Query<Value> = [Value] extends [undefined]
  ? undefined
  : {
      readonly [Key in keyof Value]: Record<never, never> extends Pick<Value, Key>
        ? Value[Key] | undefined
        : Value[Key];
    };

/** Sealed in a header, the plaintext is optional: the operation may also be called with another scheme. */
type Body<Types extends OperationTypes, Plaintext> = unknown extends Plaintext
  ? Part<'body', Json<NonNullable<Types['requestBody']>>>
  : [Types['requestBody']] extends [undefined]
    ? { readonly body?: Plaintext }
    : { readonly body: Plaintext };

/** The request of an operation: path parameters, query parameters and the body (plaintext where it is sealed). */
export type RequestFor<Op extends Operation> =
  Op extends Operation<infer Types, infer Plaintext>
    ? Part<'params', NonNullable<Types['parameters']['path']>> &
        Part<'query', Query<NonNullable<Types['parameters']['query']>>> &
        Body<Types, Plaintext>
    : never;

/** The result of an operation: `data` of the envelope, or the bare body. */
export type ResultFor<Op extends Operation> = Op extends Operation<infer Types, unknown> ? ResultOf<Types> : never;

/** Arguments after the operation: the request is optional where nothing in it is required. */
export type Arguments<Request, Options> =
  Record<never, never> extends Request ? [request?: Request, options?: Options] : [request: Request, options?: Options];

/** A constant of `generated/operations.ts`, written short: there are more than a hundred of them in a bundle. */
export function operation<Op extends Operation>(
  id: string,
  method: Operation['method'],
  path: string,
  facts?: Omit<Operation, 'id' | 'method' | 'path'>,
): Op {
  return { id, method, path, ...facts } as Op;
}
