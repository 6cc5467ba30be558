/** Identity as a part of the host: accounts, sign-in, tokens, and what the host's steps ask of it. */
import { type Call, need, type PluginParts } from '@palestra/core';
import { createBearerScheme, createPasswords, createSealing, createTokens } from '@palestra/core/auth';
import type { HostPart, HostScope } from '../plugin/host-part.js';
import { rateLimitService } from '../rate-limit/index.js';
import { version } from '../version.generated.js';
import { createAuthenticator } from './authenticator.js';
import { configSchema, environment, type IdentityTypes } from './config.js';
import { contract, resources } from './contract.generated.js';
import { createCredentials } from './credentials.js';
import { ensureFirstAccount } from './first-account.js';
import { createHostAccounts } from './host-accounts.js';
import { assertSchemeNames, createHostSchemes } from './host-schemes.js';
import { createImport } from './import.js';
import { keysToRecord, openKeyRings } from './key-rings.js';
import { passwordLimits, rateLimits } from './limits.js';
import { createMachineTokens } from './machine-tokens.js';
import { migrations } from './migrations.js';
import { createOperations } from './operations.js';
import { createPrivileges } from './privileges.js';
import { createProfile, rules } from './profile.js';
import { createPurging } from './purging.js';
import { assertRecordedKeys } from './recorded-keys.js';
import { createRegistration } from './registration.js';
import { restoreRules } from './restore.js';
import { createService, identityService } from './service.js';
import { createSessions } from './sessions.js';
import { createSignedIn } from './signed-in.js';
import { createAccounts } from './store.js';
import { createRefreshTokenStore, createReplayStore } from './token-store.js';
import type { IdentityOptions } from './types.js';
import { createWechatSignIn } from './wechat.js';
import { createWechatAccounts } from './wechat-accounts.js';

export type { IdentityConfig, IdentityTypes } from './config.js';
export type { HostAccounts, HostCaller } from './host-accounts.js';
export type { HostScheme } from './host-schemes.js';
export { ImportRefused, type ImportReport } from './import.js';
export type { Grantor, RoleChange } from './privileges.js';
export { type IdentityService, identityService } from './service.js';
export type { Authenticator, AuthorizationValues, FirstAccount, IdentityOptions, Unsealer } from './types.js';

/** @throws TypeError for schemes whose names cannot stand beside each other */
export function createIdentity(options: IdentityOptions): HostPart<IdentityTypes> {
  assertSchemeNames(options.schemes ?? []);
  return {
    name: 'identity',
    version,
    host: '^1.0.0',
    contract,
    config: configSchema,
    environment,
    requires: { limiter: need(rateLimitService) },
    provides: identityService,
    rateLimits,
    migrations,
    restore: restoreRules,
    setup: (scope) => setUp(scope, options),
  };
}

async function setUp(scope: HostScope<IdentityTypes>, options: IdentityOptions): Promise<PluginParts<IdentityTypes>> {
  const { database, clock, config, log } = scope;
  const { issuer, audience, tokenAlgorithm, replayProtection } = config;
  const { keys } = scope.host;
  const rings = await openKeyRings(keys, tokenAlgorithm);

  const accounts = createAccounts(database);
  const passwords = createPasswords({ pepper: rings.pepper });
  const tokens = createTokens({
    keys: rings.tokens,
    machineKeys: rings.machines,
    clock,
    issuer,
    ...(audience !== undefined && { audience }),
  });
  const sealing = createSealing({ keys: rings.sealing, replay: createReplayStore(database), clock, replayProtection });
  const hostAccounts = createHostAccounts({ database, accounts, clock });
  const changed = () => {
    authenticator.forget();
    hostAccounts.forget();
  };
  const machines = createMachineTokens({ database, tokens, clock, changed });
  const authenticator = createAuthenticator({
    bearer: createBearerScheme(tokens),
    hostSchemes: createHostSchemes(options.schemes ?? [], hostAccounts),
    accounts,
    machines,
    clock,
  });
  const privileges = createPrivileges({ database, accounts, clock, changed });
  const registration = createRegistration({ database, accounts, passwords, clock });
  const sessions = createSessions({
    tokens,
    refreshStore: createRefreshTokenStore(database, changed),
    refreshKeys: rings.refresh,
    accounts,
    clock,
    config,
  });
  const importAccounts = createImport({ database, accounts, passwords, clock, audit: scope.audit });
  const credentials = createCredentials({ database, accounts, passwords, unsealer: sealing, clock, changed });
  const login = ({ ip }: Call) => ({
    accounts,
    passwords,
    guard: { attempt: (user: string) => scope.services.limiter.attempt(passwordLimits, { ip, user }) },
  });
  const purging = createPurging(database, clock, log);
  return {
    handlers: {
      ...createOperations({
        config,
        login,
        signedIn: createSignedIn(database, scope.audit),
        unsealer: sealing,
        registration,
        signInByWechat: createWechatSignIn(config.wechat, createWechatAccounts({ database, accounts, clock })),
        sessions,
        sealingKeys: rings.sealing,
        tokenKeys: [rings.tokens, rings.machines],
      }),
      ...createProfile(scope.resource(resources.User, rules(credentials))),
    },
    service: createService({
      database,
      accounts,
      machines,
      privileges,
      registration,
      importAccounts,
      authenticator,
      hostAccounts,
      unsealer: sealing,
      changed,
    }),
    async start() {
      await assertRecordedKeys(database, await keysToRecord(keys));
      await ensureFirstAccount({ ...options, database, registration, machines, clock });
      purging.start();
    },
    stop: () => purging.stop(),
  };
}
