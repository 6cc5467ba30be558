/** The error catalogue: for each error a stable code, its status in both API families, and its `exceptionType`. */

export interface ErrorFact {
  /** Stable, snake_case; what programs compare. */
  readonly code: string;
  /** HTTP status in the resource API and in problem documents there. */
  readonly status: number;
  /** HTTP status in the club API, where the Starball API documents another one. */
  readonly clubStatus?: number;
  /** The class name on the wire, as the TNT-Backend API has it. */
  readonly exceptionType: string;
  /** RFC 9457 `title`: the same for every occurrence. */
  readonly title: string;
}

const facts = {
  // The five that the TNT-Backend API documents, and two beside them.
  invalidRequest: {
    code: 'invalid_request',
    status: 400,
    exceptionType: 'InvalidRequestError',
    title: 'The request is malformed',
  },
  invalidOperation: {
    code: 'invalid_operation',
    status: 400,
    exceptionType: 'InvalidOperationError',
    title: 'The operation is not supported',
  },
  invalidResourceCreation: {
    code: 'invalid_resource_creation',
    status: 400,
    exceptionType: 'InvalidResourceCreationError',
    title: 'A required field is missing',
  },
  invalidResourceParameter: {
    code: 'invalid_resource_parameter',
    status: 400,
    exceptionType: 'InvalidResourceParameterError',
    title: 'A field or a reference does not exist',
  },
  duplicateResourceCreation: {
    code: 'duplicate_resource_creation',
    status: 409,
    exceptionType: 'DuplicateResourceCreationError',
    title: 'The resource exists already',
  },
  resourceNotFound: {
    code: 'resource_not_found',
    status: 404,
    exceptionType: 'ResourceNotFoundError',
    title: 'The resource does not exist',
  },
  conflict: {
    code: 'conflict',
    status: 409,
    exceptionType: 'ConflictError',
    title: 'The current state does not allow this',
  },
  // Credentials and tokens.
  credentialsMissing: {
    code: 'credentials_missing',
    status: 401,
    exceptionType: 'CredentialsMissingError',
    title: 'Credentials must be passed',
  },
  credentialsInvalid: {
    code: 'credentials_invalid',
    status: 401,
    exceptionType: 'InvalidCredentialsError',
    title: 'The credentials are not valid',
  },
  authorizationAmbiguous: {
    code: 'authorization_ambiguous',
    status: 400,
    exceptionType: 'InvalidRequestError',
    title: 'More than one credential was passed',
  },
  tokenMissing: {
    code: 'token_missing',
    status: 401,
    exceptionType: 'TokenMissingError',
    title: 'A token must be passed',
  },
  tokenInvalid: {
    code: 'token_invalid',
    status: 401,
    exceptionType: 'InvalidTokenError',
    title: 'The token is not valid',
  },
  tokenExpired: {
    code: 'token_expired',
    status: 401,
    clubStatus: 403,
    exceptionType: 'TokenExpiredError',
    title: 'The token has expired',
  },
  tokenIssuer: {
    code: 'token_issuer',
    status: 401,
    clubStatus: 403,
    exceptionType: 'InvalidTokenIssuerError',
    title: 'The token has another issuer',
  },
  tokenIssuedAt: {
    code: 'token_issued_at',
    status: 401,
    clubStatus: 403,
    exceptionType: 'InvalidTokenIssuedAtError',
    title: 'The token is from the future',
  },
  permissionDenied: {
    code: 'permission_denied',
    status: 403,
    exceptionType: 'PermissionDeniedError',
    title: 'The permission is missing',
  },
  sealRequired: {
    code: 'seal_required',
    status: 400,
    exceptionType: 'SealRequiredError',
    title: 'The body must be sealed',
  },
  sealInvalid: {
    code: 'seal_invalid',
    status: 401,
    exceptionType: 'InvalidSealError',
    title: 'The sealed value cannot be opened',
  },
  // HTTP itself.
  notFound: { code: 'not_found', status: 404, exceptionType: 'NotFoundError', title: 'There is no such operation' },
  methodNotAllowed: {
    code: 'method_not_allowed',
    status: 405,
    exceptionType: 'MethodNotAllowedError',
    title: 'The path has no such method',
  },
  bodyTooLarge: {
    code: 'body_too_large',
    status: 413,
    exceptionType: 'BodyTooLargeError',
    title: 'The body is too large',
  },
  unsupportedMediaType: {
    code: 'unsupported_media_type',
    status: 415,
    exceptionType: 'UnsupportedMediaTypeError',
    title: 'The media type is not read',
  },
  unprocessable: {
    code: 'unprocessable',
    status: 422,
    exceptionType: 'UnprocessableError',
    title: 'The request contradicts an earlier one',
  },
  tooManyRequests: {
    code: 'too_many_requests',
    status: 429,
    exceptionType: 'TooManyRequestsError',
    title: 'Too many requests',
  },
  internal: { code: 'internal', status: 500, exceptionType: 'InternalError', title: 'The server failed' },
  badGateway: { code: 'bad_gateway', status: 502, exceptionType: 'BadGatewayError', title: 'Another service failed' },
  unavailable: {
    code: 'unavailable',
    status: 503,
    exceptionType: 'UnavailableError',
    title: 'The server cannot answer now',
  },
  pluginUnavailable: {
    code: 'plugin_unavailable',
    status: 503,
    exceptionType: 'PluginUnavailableError',
    title: 'The part that would answer is out of order',
  },
  outcomeUnknown: {
    code: 'outcome_unknown',
    status: 503,
    exceptionType: 'OutcomeUnknownError',
    title: 'Whether the request took effect is not known',
  },
} as const;

/** `code` of every error that the host itself answers with; a plugin's `errors` add their own. */
export type CatalogueCode = (typeof facts)[keyof typeof facts]['code'];

export const catalogue: { readonly [Name in keyof typeof facts]: ErrorFact & Pick<(typeof facts)[Name], 'code'> } =
  facts;

/** One place that is wrong in a request. */
export interface FaultyPart {
  /** Where, in the notation of `pointers.ts`: `/data/name` in the body, `?find`, `{id}`, `Idempotency-Key:`. */
  pointer: string;
  detail: string;
}

export interface ErrorOptions {
  errors?: readonly FaultyPart[];
  /** Response headers, such as `Retry-After` (seconds) or `WWW-Authenticate`. */
  headers?: Readonly<Record<string, string | string[]>>;
  /** The private reason: logged with the request id, never sent. */
  cause?: unknown;
}

const brand = 'palestra.error';

/** An error whose `message` is fit for the caller; everything private goes into `cause`. */
export class PalestraError extends Error {
  readonly brand: typeof brand = brand;
  readonly fact: ErrorFact;
  readonly errors: readonly FaultyPart[];
  readonly headers: Readonly<Record<string, string | string[]>>;

  constructor(fact: ErrorFact, message: string, options: ErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = fact.exceptionType;
    this.fact = fact;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
}

/** A brand check, since `instanceof` fails between two copies of this package. */
export function isPalestraError(value: unknown): value is PalestraError {
  return typeof value === 'object' && value !== null && 'brand' in value && value.brand === brand;
}

/** `name is required for creating Gym` */
export function invalidResourceCreation(field: string, resource: string, pointer: string): PalestraError {
  return atField(catalogue.invalidResourceCreation, `${field} is required for creating ${resource}`, pointer);
}

/** `colour cannot be found in Gym` */
export function invalidResourceParameter(field: string, resource: string, pointer: string): PalestraError {
  return atField(catalogue.invalidResourceParameter, `${field} cannot be found in ${resource}`, pointer);
}

/** `Operation drop is not supported` */
export function invalidOperation(operation: string, pointer: string): PalestraError {
  return atField(catalogue.invalidOperation, `Operation ${operation} is not supported`, pointer);
}

/** `operation is required for the request` */
export function requiredForRequest(field: string, pointer: string): PalestraError {
  return atField(catalogue.invalidRequest, `${field} is required for the request`, pointer);
}

/** `Resource exists with name <Iron> for Gym` */
export function duplicateResourceCreation(name: string, resource: string, pointer: string): PalestraError {
  return atField(catalogue.duplicateResourceCreation, `Resource exists with name <${name}> for ${resource}`, pointer);
}

export function resourceNotFound(resource: string, id: string): PalestraError {
  return new PalestraError(catalogue.resourceNotFound, `${resource} ${id} does not exist`);
}

export function permissionDenied(): PalestraError {
  return new PalestraError(catalogue.permissionDenied, "You don't have the permission for the request");
}

/** 400 for a value of the wrong type or range; the message names the field. */
export function invalidRequest(message: string, pointer: string): PalestraError {
  return atField(catalogue.invalidRequest, message, pointer);
}

/** 503 with `Retry-After`: the caller may send the same request again. */
export function unavailable(message: string, retryAfterSeconds: number, cause?: unknown): PalestraError {
  return new PalestraError(catalogue.unavailable, message, {
    headers: { 'retry-after': String(retryAfterSeconds) },
    cause,
  });
}

function atField(fact: ErrorFact, message: string, pointer: string): PalestraError {
  return new PalestraError(fact, message, { errors: [{ pointer, detail: message }] });
}
