/** The one error catalogue: a stable code, the status in both families, and the seed's `exceptionType` for each. */

export interface ErrorFact {
  /** Stable, snake_case; what programs compare. */
  readonly code: string;
  /** HTTP status in the resource API and in problem documents there. */
  readonly status: number;
  /** HTTP status in the club API where its seed says another one (`wire.md` section 3, bearer failures). */
  readonly clubStatus?: number;
  /** The class name on the wire, as the first seed names its errors. */
  readonly exceptionType: string;
  /** RFC 9457 `title`: the same for every occurrence. */
  readonly title: string;
}

type Row = readonly [code: string, status: number, exceptionType: string, title: string, clubStatus?: number];

const rows = {
  // The five of the first seed ("Error response types"), and what wire.md section 4 adds to them.
  invalidRequest: ['invalid_request', 400, 'InvalidRequestError', 'The request is malformed'],
  invalidOperation: ['invalid_operation', 400, 'InvalidOperationError', 'The operation is not supported'],
  invalidResourceCreation: [
    'invalid_resource_creation',
    400,
    'InvalidResourceCreationError',
    'A required field is missing',
  ],
  invalidResourceParameter: [
    'invalid_resource_parameter',
    400,
    'InvalidResourceParameterError',
    'A field or a reference does not exist',
  ],
  duplicateResourceCreation: [
    'duplicate_resource_creation',
    409,
    'DuplicateResourceCreationError',
    'The resource exists already',
  ],
  resourceNotFound: ['resource_not_found', 404, 'ResourceNotFoundError', 'The resource does not exist'],
  conflict: ['conflict', 409, 'ConflictError', 'The current state does not allow this'],

  // Credentials and tokens (wire.md section 3).
  credentialsMissing: ['credentials_missing', 401, 'CredentialsMissingError', 'Credentials must be passed'],
  credentialsInvalid: ['credentials_invalid', 401, 'InvalidCredentialsError', 'The credentials are not valid'],
  authorizationAmbiguous: [
    'authorization_ambiguous',
    400,
    'InvalidRequestError',
    'More than one credential was passed',
  ],
  tokenMissing: ['token_missing', 401, 'TokenMissingError', 'A token must be passed'],
  tokenInvalid: ['token_invalid', 401, 'InvalidTokenError', 'The token is not valid'],
  tokenExpired: ['token_expired', 401, 'TokenExpiredError', 'The token has expired', 403],
  tokenIssuer: ['token_issuer', 401, 'InvalidTokenIssuerError', 'The token has another issuer', 403],
  tokenIssuedAt: ['token_issued_at', 401, 'InvalidTokenIssuedAtError', 'The token is from the future', 403],
  permissionDenied: ['permission_denied', 403, 'PermissionDeniedError', 'The permission is missing'],
  sealRequired: ['seal_required', 400, 'SealRequiredError', 'The body must be sealed'],
  sealInvalid: ['seal_invalid', 401, 'InvalidSealError', 'The sealed value cannot be opened'],

  // HTTP itself.
  notFound: ['not_found', 404, 'NotFoundError', 'There is no such operation'],
  methodNotAllowed: ['method_not_allowed', 405, 'MethodNotAllowedError', 'The path has no such method'],
  bodyTooLarge: ['body_too_large', 413, 'BodyTooLargeError', 'The body is too large'],
  unsupportedMediaType: ['unsupported_media_type', 415, 'UnsupportedMediaTypeError', 'The media type is not read'],
  unprocessable: ['unprocessable', 422, 'UnprocessableError', 'The request contradicts an earlier one'],
  tooManyRequests: ['too_many_requests', 429, 'TooManyRequestsError', 'Too many requests'],
  internal: ['internal', 500, 'InternalError', 'The server failed'],
  badGateway: ['bad_gateway', 502, 'BadGatewayError', 'Another service failed'],
  unavailable: ['unavailable', 503, 'UnavailableError', 'The server cannot answer now'],
  pluginUnavailable: [
    'plugin_unavailable',
    503,
    'PluginUnavailableError',
    'The part that would answer is out of order',
  ],
  outcomeUnknown: ['outcome_unknown', 503, 'OutcomeUnknownError', 'Whether the request took effect is not known'],
} as const;

function toFact([code, status, exceptionType, title, clubStatus]: Row): ErrorFact {
  return { code, status, exceptionType, title, ...(clubStatus && { clubStatus }) };
}

export const catalogue: { readonly [Name in keyof typeof rows]: ErrorFact } = Object.fromEntries(
  Object.entries(rows).map(([name, row]) => [name, toFact(row)]),
) as { [Name in keyof typeof rows]: ErrorFact };

/** One place of a fault: an RFC 6901 pointer into the body (`/data/name`) or a parameter (`?find`). */
export interface FaultyPart {
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
  readonly brand = 'palestra.error';
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
