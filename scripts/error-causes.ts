/** Why each error happens and what to do about it: the prose of `docs/errors.md`, by code. */

export interface ErrorCause {
  /** The message of one occurrence, as the server writes it. */
  readonly message: string;
  readonly cause: string;
  readonly remedy: string;
  /** For errors that only operations of the TNT-Backend API answer. */
  readonly resourceOnly?: true;
}

export const errorCauses: Readonly<Record<string, ErrorCause>> = {
  invalid_request: {
    message: 'operation is required for the request',
    cause:
      'A member of the request is missing, has the wrong type or is out of range, or the body is not readable JSON.',
    remedy: 'Correct the field named in the message and in `errors[].pointer`. The same request fails again.',
  },
  invalid_operation: {
    message: 'Operation drop is not supported',
    cause:
      '`operation` is not one that the resource has, or a query uses a qualifier other than `equals` and `contains`.',
    remedy: 'Use `create`, `query` or `update`; `/docs` lists the operations of each resource.',
    resourceOnly: true,
  },
  invalid_resource_creation: {
    message: 'name is required for creating Gym',
    cause: 'A `create` lacks a required field.',
    remedy: 'Send the field that the message names.',
    resourceOnly: true,
  },
  invalid_resource_parameter: {
    message: 'colour cannot be found in Gym',
    cause: 'The request has a field that the resource does not have, or refers to a resource that does not exist.',
    remedy: 'Check the spelling of the field in `errors[].pointer`, or the id that it holds.',
  },
  duplicate_resource_creation: {
    message: 'Resource exists with name <Iron Temple> for Gym',
    cause: 'A resource with this name, or an account with this user name or email, exists already.',
    remedy: 'Choose another name, or query for the existing resource and update that.',
    resourceOnly: true,
  },
  resource_not_found: {
    message: 'Gym 000000000009 does not exist',
    cause: 'Nothing has this id, or it belongs to somebody else and you may not know that it exists.',
    remedy: 'Check the id, and that you are signed in as its owner.',
  },
  conflict: {
    message: 'None is left in stock',
    cause:
      'The request is valid, but not in the current state: sold out, already canceled, still referred to, or a request with the same `Idempotency-Key` is running.',
    remedy: 'With `Retry-After`, send the same request again later. Otherwise read the current state first.',
  },
  credentials_missing: {
    message: 'Credentials must be passed.',
    cause: 'A sign-in has no `Authorization` header, or one of a scheme that it does not accept.',
    remedy: 'Use a scheme that `WWW-Authenticate` in the answer names.',
  },
  credentials_invalid: {
    message: 'The user name or the password is wrong.',
    cause: 'The user name or password is wrong or the account is disabled. Which one is not revealed.',
    remedy: 'Ask the user to type them again. Do not retry automatically: attempts are counted.',
  },
  authorization_ambiguous: {
    message: 'Exactly one Authorization header must be passed.',
    cause: 'The request has several `Authorization` headers, or several credentials in one.',
    remedy: 'Send one. A proxy that adds its own header must remove yours or leave it alone.',
  },
  token_missing: {
    message: 'A token must be passed.',
    cause: 'The operation needs an access token and the request has none.',
    remedy: 'Sign in and send `Authorization: Bearer <token>`. Tokens in the query or in a cookie are ignored.',
  },
  token_invalid: {
    message: 'The token is not valid.',
    cause:
      'The token is malformed, signed by somebody else, or was revoked: by a sign-out, a changed password or role, or a restored backup.',
    remedy: 'Refresh the session once; if that fails too, sign in again.',
  },
  token_expired: {
    message: 'A token has expired',
    cause: 'The access token is past its `exp`.',
    remedy: 'Refresh the session, then send the request again. The client SDK does both.',
  },
  token_issuer: {
    message: 'The token does not have a valid issuer.',
    cause: 'The token is from another installation.',
    remedy: 'Sign in to this server. If it is one installation, its instances must share the folder of keys.',
  },
  token_issued_at: {
    message: 'The token does not have a valid "issued at" time.',
    cause: 'The token was issued in the future, as this server’s clock sees it.',
    remedy: 'Synchronize the clocks of all instances (NTP).',
  },
  permission_denied: {
    message: "You don't have the permission for the request",
    cause: 'The role or the scope of the token does not include the operation, or the object belongs to somebody else.',
    remedy: 'Sign in with an account of the required role: [authorization.md](authorization.md) lists them.',
  },
  seal_required: {
    message: 'Send {"sealed":"…"}: the body encrypted for the key of GET /api/gpk.',
    cause: 'A credential was sent as plaintext where the operation takes it encrypted.',
    remedy: 'Encrypt it with the key of `GET /api/gpk`: [http.md](http.md) has programs in several languages.',
    resourceOnly: true,
  },
  seal_invalid: {
    message:
      'The sealed value cannot be opened. Fetch the key from /api/gpk and encrypt with RSA-OAEP, SHA-256 for both hashes.',
    cause:
      'The value was encrypted for another key or with another padding, is older than five minutes, or was used before.',
    remedy: 'Fetch the key again, check the padding and the clock, and encrypt again for every request.',
    resourceOnly: true,
  },
  not_found: {
    message: 'There is no GET /api/gyms. See /docs.',
    cause: 'The server has no such path. It may lack the plugin that would answer.',
    remedy: 'Compare the path with `/docs`, and the base URL with the prefix under which the server is mounted.',
  },
  method_not_allowed: {
    message: '/api/gpk answers GET, HEAD.',
    cause: 'The path exists, but not with this method.',
    remedy: 'Use one of the methods in the `Allow` header.',
  },
  body_too_large: {
    message: 'The body has more than 65536 bytes.',
    cause: 'The body is larger than the operation takes: 64 KiB unless its documentation says otherwise.',
    remedy: 'Send less at once, or several requests.',
  },
  unsupported_media_type: {
    message: 'Send the body as application/json, uncompressed.',
    cause: 'The `Content-Type` or `Content-Encoding` is not one that the operation reads.',
    remedy: 'Send one of the media types in the message, without compression.',
  },
  unprocessable: {
    message: 'This Idempotency-Key was used for another request. Make a new key.',
    cause: 'The `Idempotency-Key` was sent before with another body.',
    remedy: 'Make a new key for each new request; keep the key only when you repeat the same one.',
  },
  too_many_requests: {
    message: 'Too many requests. Try again in 30 s.',
    cause: 'A rate limit of this account, network or device is used up.',
    remedy: 'Wait for the seconds in `Retry-After`. [operations.md](operations.md) says what is limited.',
  },
  internal: {
    message: 'The server failed. Its log has the reason under this request id.',
    cause: 'A defect of the server or of a plugin.',
    remedy: 'Report the `X-Request-Id`; the operator finds the reason in the log with it. Do not retry.',
  },
  bad_gateway: {
    message: 'The payment provider does not answer. Send the same request again.',
    cause: 'A service behind the server, such as a payment provider or WeChat, failed or did not answer in time.',
    remedy: 'Send the same request again, with the same `Idempotency-Key`. No payment is made twice.',
  },
  unavailable: {
    message: 'The server cannot answer now. Send the same request again.',
    cause: 'The server starts, stops or is overloaded, or its database cannot be reached. Nothing was changed.',
    remedy: 'Send the same request again after the seconds in `Retry-After`.',
  },
  plugin_unavailable: {
    message: 'The part gym of this server is out of order.',
    cause: 'The plugin failed at start-up, and the server was configured to start without it.',
    remedy: 'Clients: try again later. Operators: `/readyz` names the plugin, and the log has the reason.',
  },
  outcome_unknown: {
    message: 'Whether the request took effect is not known',
    cause: 'The connection to the database broke during a commit, or the answer took longer than the time limit.',
    remedy:
      'With an `Idempotency-Key`, send the same request again: it takes effect once. Without one, read the state first.',
  },
  code_invalid: {
    message: 'The code is not valid: it is wrong, was used before, or is older than 30 minutes. Ask for another one.',
    cause: 'A one-time code, from a mail or an administrator, is wrong, was used or is too old.',
    remedy: 'Have the user ask for a new code. Each wrong one is counted.',
    resourceOnly: true,
  },
  payment_declined: {
    message: 'The payment was declined',
    cause: 'The payment provider did not accept the payment. The record is `failed`, and its stock was given back.',
    remedy: 'Start a new purchase, perhaps with another payment method.',
    resourceOnly: true,
  },
  email_unverified: {
    message:
      'Buying takes a verified email. Send POST /api/profile/email/send, and the code from the mail to POST /api/profile/email/verify.',
    cause: 'This server sells only to members whose email is verified, and the email of this account is not.',
    remedy: 'Have the user enter the code that was mailed: `POST /api/profile/email/send` sends another one.',
    resourceOnly: true,
  },
  qr_invalid: {
    message: 'The QR code is not valid',
    cause: 'The code is not one of this server, was changed, or belongs to another gym.',
    remedy: 'Show the pass again and scan the new code.',
    resourceOnly: true,
  },
  notification_invalid: {
    message: 'The notification is not from the payment provider',
    cause: 'The signature, the time or the content of a payment notification does not verify.',
    remedy: 'Check the provider’s keys in the configuration. The log has the reason.',
    resourceOnly: true,
  },
  backup_damaged: {
    message: 'The backup is damaged: its end is missing.',
    cause: 'The file is truncated or was changed. Nothing was restored.',
    remedy: 'Restore another copy.',
    resourceOnly: true,
  },
  backup_foreign: {
    message: 'The backup was not signed with a key of this installation.',
    cause: 'The key that signed the backup is not in the folder of keys. Nothing was restored.',
    remedy: 'Bring back the keys that belong to the backup: `palestra doctor` shows where the folder is.',
    resourceOnly: true,
  },
  backup_incompatible: {
    message: 'The backup cannot be restored here: it was made of sqlite, and this database is MariaDB.',
    cause: 'The backup is of another version or of another kind of database. Nothing was restored.',
    remedy: 'Start the version and database that the message names, and restore there.',
    resourceOnly: true,
  },
};
