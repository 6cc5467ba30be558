/** Identity as a part of the host: accounts, sign-in, tokens, and what the host's steps ask of it. */
import { need } from '@palestra/core';
import { mailService } from '../mail/types.js';
import type { HostPart } from '../plugin/host-part.js';
import { rateLimitService } from '../rate-limit/types.js';
import { version } from '../version.generated.js';
import { configSchema, environment } from './config.js';
import { contract } from './contract.generated.js';
import { assertSchemeNames } from './host-schemes.js';
import { rateLimits } from './limits.js';
import { migrations } from './migrations.js';
import { personalData } from './personal-data.js';
import { restoreRules } from './restore-rules.js';
import { identityService } from './service.js';
import { type IdentityTypes, setUp } from './set-up.js';
import type { IdentityOptions } from './types.js';

export type { ImportReport } from './import.js';
export type { RoleChange } from './privileges.js';
export { identityService } from './service.js';
export type { FirstAccount, HostCaller, HostScheme } from './types.js';

/** @throws TypeError for schemes whose names collide */
export function createIdentity(options: IdentityOptions): HostPart<IdentityTypes> {
  assertSchemeNames(options.schemes ?? []);
  return {
    name: 'identity',
    version,
    host: '^1.0.0',
    contract,
    config: configSchema,
    environment,
    requires: { limiter: need(rateLimitService), mail: need(mailService) },
    provides: identityService,
    rateLimits,
    migrations,
    restore: restoreRules,
    personalData,
    setup: (scope) => setUp(scope, options),
  };
}
