/** The kinds of failures, by what an app does about them. */

/**
 * What an app can do about it:
 *
 * | kind | meaning |
 * |---|---|
 * | `network` | no answer: offline, DNS, connection lost |
 * | `timeout` | no answer in time |
 * | `aborted` | the caller's own `signal` |
 * | `invalid` | 400, 413, 415, 422: the request is wrong, `errors` says where |
 * | `auth` | 401, or an expired token: sign in |
 * | `payment` | 402: the payment was declined |
 * | `permission` | 403 |
 * | `not_found` | 404 |
 * | `conflict` | 409: taken, used up, or changed meanwhile |
 * | `rate_limited` | 429: `retryAfterMs` says how long to wait |
 * | `server` | 5xx |
 * | `protocol` | the answer is not what the contract says: another server, a proxy's page, a redirect |
 * | `untrusted` | the server's sealing key is not one of `pinnedKids`, or not a usable key |
 * | `unsupported` | the runtime lacks something, such as `fetch`, that no option replaces |
 * | `storage` | the token store cannot be read or written |
 * | `unexpected` | middleware, or another function given to the client, threw: see `cause` |
 */
export type ErrorKind =
  | 'network'
  | 'timeout'
  | 'aborted'
  | 'invalid'
  | 'auth'
  | 'payment'
  | 'permission'
  | 'not_found'
  | 'conflict'
  | 'rate_limited'
  | 'server'
  | 'protocol'
  | 'untrusted'
  | 'unsupported'
  | 'storage'
  | 'unexpected';
