/** `client.recovery` */
import type { CallOptions } from '../call/call.js';
import type { components } from '../generated/openapi.js';
import { completeRecovery, recover } from '../generated/operations.js';
import type { Tokens } from '../session/tokens.js';
import type { ClientPlugin } from './plugin.js';

/** A one-time code with the new password. @interface */
export type Recovery = components['schemas']['Recovery'];

/** For those who forgot their password. */
export interface RecoveryApi {
  /** Has a code sent to this email, if it is that of an account: nothing tells whether it is. @throws ClientError `rate_limited` */
  request(email: string, options?: CallOptions): Promise<void>;
  /**
   * Sets a new password by the code from the mail, or from an administrator, and signs in. All other sessions end.
   * @throws ClientError `invalid` (the code), `rate_limited`
   */
  complete(recovery: Recovery, options?: CallOptions): Promise<Tokens>;
}

/** The part behind `client.recovery`, for `createLeanClient`. */
export const recovery: ClientPlugin<'recovery', RecoveryApi> = {
  name: 'recovery',
  setup: ({ call, session }) => ({
    async request(email, options) {
      await call(recover, { body: { email } }, options);
    },
    complete: (body, options) => session.signIn(completeRecovery, () => call(completeRecovery, { body }, options)),
  }),
};
