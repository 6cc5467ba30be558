/** Recovery as a part of the host: one-time codes for forgotten passwords and for emails that are to be confirmed. */
import { need, on } from '@palestra/core';
import { createInterval } from '../async/interval.js';
import { type IdentityService, identityService } from '../identity/service.js';
import { type MailService, mailRequested, mailService } from '../mail/types.js';
import type { HostPart } from '../plugin/host-part.js';
import { type RateLimiter, rateLimitService } from '../rate-limit/types.js';
import { version } from '../version.generated.js';
import { createCodes } from './codes.js';
import { configSchema, type RecoveryConfig } from './config.js';
import { contract } from './contract.generated.js';
import { errors } from './errors.js';
import { rateLimits } from './limits.js';
import { createMails } from './mails.js';
import { migrations } from './migrations.js';
import { createOperations, type RecoveryOperations } from './operations.js';

export interface RecoveryTypes {
  operations: RecoveryOperations;
  config: RecoveryConfig;
  needs: { readonly identity: IdentityService; readonly mail: MailService; readonly limiter: RateLimiter };
}

const purgeEveryMs = 10 * 60_000;

export const recovery: HostPart<RecoveryTypes> = {
  name: 'recovery',
  version,
  host: '^1.0.0',
  contract,
  config: configSchema,
  requires: { identity: need(identityService), mail: need(mailService), limiter: need(rateLimitService) },
  errors,
  rateLimits,
  migrations,
  personalData: [{ table: 'one_time_code', account: 'account_id', onDelete: 'delete', secret: ['hash'] }],
  // A code that was spent after the backup must not be good again.
  restore: [{ table: 'one_time_code', keep: 'column', column: 'spent_at' }],
  async setup({ config, services, database, audit, host: { keys, clock, log } }) {
    const { identity, mail } = services;
    const codes = createCodes(database, clock);
    const code = await keys.secrets('code');
    const { accounts } = identity;
    const purging = createInterval(() => codes.purge(), {
      everyMs: purgeEveryMs,
      failure: 'Old one-time codes could not be purged.',
      log,
    });
    return {
      handlers: createOperations({ ...services, database, audit, codes }),
      subscriptions: [
        on(mailRequested, createMails({ database, accounts, codes, keys: code, mail, texts: config, log })),
      ],
      start: () => purging.start(),
      stop: () => purging.stop(),
    };
  },
};
