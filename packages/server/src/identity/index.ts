/** Identity: a plugin like any other, plus the two things the host's steps ask of it. */
import { accountsService } from '@palestra/core';
import { createBearerScheme, createPasswords, createSealing, createTokens } from '@palestra/core/auth';
import type { Plugin, PluginScope } from '../plugin.js';
import { createAuthenticator } from './authenticator.js';
import { configSchema, type IdentityTypes } from './config.js';
import { contract } from './contract.generated.js';
import { createCredentials } from './credentials.js';
import { ensureFirstAccount } from './first-account.js';
import { createHostAccounts } from './host-accounts.js';
import { createMachineTokens } from './machine-tokens.js';
import { migrations } from './migrations.js';
import { createOperations } from './operations.js';
import { createPrivileges } from './privileges.js';
import { createProfile, facts, rules, type ShownUser } from './profile.js';
import { createPurging } from './purging.js';
import { createRegistration } from './registration.js';
import { restoreRules } from './restore.js';
import { createService } from './service.js';
import { createSessions } from './sessions.js';
import { createAccounts } from './store.js';
import { createRefreshTokenStore, createReplayStore } from './token-store.js';
import type { Identity, IdentityOptions } from './types.js';

export type { IdentityConfig, IdentityTypes } from './config.js';
export type { HostAccounts, HostCaller } from './host-accounts.js';
export type { Grantor, RoleChange } from './privileges.js';
export { type IdentityService, identityService } from './service.js';
export type { Authenticator, AuthorizationValues, FirstAccount, Identity, IdentityOptions, Unsealer } from './types.js';

export function createIdentity(options: IdentityOptions): Identity {
  let parts: Pick<Identity, 'authenticator' | 'hostAccounts' | 'unsealer'> | undefined;
  const ready = () => {
    if (!parts) throw new Error('Identity is not set up yet.');
    return parts;
  };
  const plugin: Plugin<IdentityTypes> = {
    name: 'identity',
    version: '0.1.0',
    host: '^1.0.0',
    contract,
    config: configSchema,
    provides: accountsService,
    migrations,
    restore: restoreRules,
    async setup(scope) {
      const made = await setUp(scope, options);
      parts = made;
      return made.parts;
    },
  };
  return {
    plugin,
    authenticator: { authenticate: (authorization) => ready().authenticator.authenticate(authorization) },
    hostAccounts: { principalOf: (caller) => ready().hostAccounts.principalOf(caller) },
    unsealer: { open: (value) => ready().unsealer.open(value) },
  };
}

async function setUp(scope: PluginScope<IdentityTypes>, options: IdentityOptions) {
  const { database, clock, config, log } = scope;
  const { issuer, audience, tokenAlgorithm, replayProtection } = config;
  const { keys } = options;
  const sealingKeys = await keys.sealing();
  const tokenKeys = await keys.tokens(tokenAlgorithm);

  const accounts = createAccounts(database);
  const passwords = createPasswords({ pepper: await keys.secrets('pepper') });
  const machineKeys = await keys.machineTokens(tokenAlgorithm);
  const tokens = createTokens({
    keys: tokenKeys,
    machineKeys,
    clock,
    issuer,
    ...(audience !== undefined && { audience }),
  });
  const sealing = createSealing({ keys: sealingKeys, replay: createReplayStore(database), clock, replayProtection });
  const hostAccounts = createHostAccounts({ database, accounts, clock });
  const changed = () => {
    authenticator.forget();
    hostAccounts.forget();
  };
  const machines = createMachineTokens({ database, tokens, clock, changed });
  const authenticator = createAuthenticator({ bearer: createBearerScheme(tokens), accounts, machines, clock });
  const privileges = createPrivileges({ database, accounts, changed });
  const registration = createRegistration({ database, accounts, passwords, clock });
  const sessions = createSessions({
    tokens,
    refreshStore: createRefreshTokenStore(database, changed),
    refreshKeys: await keys.secrets('refresh'),
    accounts,
    clock,
    config,
  });
  const credentials = createCredentials({ database, accounts, passwords, unsealer: sealing, clock, changed });
  const login = { accounts, passwords };
  const purging = createPurging(database, clock, log);
  return {
    authenticator,
    hostAccounts,
    unsealer: sealing,
    parts: {
      handlers: {
        ...createOperations({
          config,
          login,
          unsealer: sealing,
          registration,
          sessions,
          sealingKeys,
          tokenKeys: [tokenKeys, machineKeys],
        }),
        ...createProfile(scope.resource<ShownUser>(facts, rules(credentials))),
      },
      service: createService({ database, accounts, machines, privileges, registration, changed }),
      async start() {
        await ensureFirstAccount({ ...options, database, registration, machines, clock });
        purging.start();
      },
      stop: () => purging.stop(),
    },
  };
}
