/** Sessions as a part of the host: where people are signed in, for themselves and for administrators. */
import { need } from '@palestra/core';
import { type IdentityService, identityService } from '../identity/service.js';
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { contract, type operations } from './contract.generated.js';
import { createOperations } from './operations.js';

interface SessionsTypes {
  operations: operations;
  needs: { readonly identity: IdentityService };
}

export const sessions: HostPart<SessionsTypes> = {
  name: 'sessions',
  version,
  host: '^1.0.0',
  contract,
  requires: { identity: need(identityService) },
  setup: ({ services, database, audit, host: { clock } }) => ({
    handlers: createOperations({ database, identity: services.identity, audit, clock }),
  }),
};
