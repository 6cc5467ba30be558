/** The part of OpenAPI 3.1 that the host reads. Whatever else a fragment says is kept and published untouched. */
import type { Privilege } from '../privilege.js';

/** A JSON Schema 2020-12 object: the keywords that are read here, and any other. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly [keyword: string]: unknown;
}

export const httpMethods = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type HttpMethod = (typeof httpMethods)[number];

export interface ParameterObject {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface MediaTypeObject {
  readonly schema?: Schema;
}

export interface RequestBodyObject {
  readonly required?: boolean;
  readonly content: Readonly<Record<string, MediaTypeObject>>;
}

export interface ResponseObject {
  readonly description: string;
  readonly content?: Readonly<Record<string, MediaTypeObject>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}

interface ReferenceObject {
  /** `#/components/responses/NotFound` */
  readonly $ref: string;
}

export interface OperationObject {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly (ParameterObject | { readonly $ref: string })[];
  readonly requestBody?: RequestBodyObject;
  readonly responses: Readonly<Record<string, ResponseObject | ReferenceObject>>;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  /** Who may call it; for an envelope, who may do each `operation` of it. */
  readonly 'x-privilege'?: Privilege | Readonly<Record<string, Privilege>>;
  /** The resource that an envelope is of, as messages call it: `name is required for creating Gym`. */
  readonly 'x-resource'?: string;
  /** Anyone may call it. Exactly one of `x-privilege` and `x-public` is given. */
  readonly 'x-public'?: true;
  /** Name of the component schema of the plaintext that the body (or the `Authorization` header) seals. */
  readonly 'x-sealed'?: string;
  /** Codes of the plugin's own errors (`errors`) that the operation answers, by status; the host adds the common ones. */
  readonly 'x-errors'?: Readonly<Record<string, readonly string[]>>;
  /** Resource family only: the success body is sent as documented, outside the envelope. */
  readonly 'x-bare'?: true;
  /** Club family only: failures are `{"error":"…"}` instead of a JSON string. */
  readonly 'x-failure'?: 'error-object';
  /** Set by the host for every operation but GET and HEAD: repeated under its `Idempotency-Key`, it has one effect. */
  readonly 'x-idempotent'?: true;
  /** The handler calls other systems, or commits several times: under an `Idempotency-Key` it is not one transaction. */
  readonly 'x-external-effects'?: true;
  /** How often it may be called, by the name of a limit that its plugin declares (`rateLimits`). */
  readonly 'x-rate-limit'?: string;
  /** The most bytes of body that are read; default 64 KiB. */
  readonly 'x-body-limit'?: number;
  /** Seconds after which the caller is answered 503, without those in which the body is read; default 10. */
  readonly 'x-answer-within'?: number;
}

export type PathItemObject = Readonly<Partial<Record<HttpMethod, OperationObject>>>;

/** What a plugin owns of the composed document: no `openapi`, `info` or `servers`, which are the host's. */
export interface ContractFragment {
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, PathItemObject>>;
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface OpenApiDocument extends ContractFragment {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
}

export type Family = 'resource' | 'club';

/** The club API lives under `/api/v1/`, every other path is of the resource API. */
export function familyOf(path: string): Family {
  return path.startsWith('/api/v1/') ? 'club' : 'resource';
}
