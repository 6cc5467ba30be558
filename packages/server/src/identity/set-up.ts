/** Builds the parts of identity in the order of need: stores, keys and what is made with them, then what callers use. */
import type { PluginParts } from '@palestra/core';
import {
  createBearerScheme,
  createPasswordCheck,
  createPasswordLogin,
  createPasswords,
  createSealing,
  createTokens,
  type LoginCall,
  type Passwords,
} from '@palestra/core/auth';
import { createInterval } from '../async/interval.js';
import type { Database } from '../database/types.js';
import type { MailService } from '../mail/types.js';
import type { HostScope } from '../plugin/host-part.js';
import { networksOf } from '../rate-limit/network.js';
import type { RateLimiter } from '../rate-limit/types.js';
import { type Accounts, createAccounts } from './account-store.js';
import { createAdminSignInAudit } from './admin-sign-in-audit.js';
import { createAuthenticator } from './authenticator.js';
import type { IdentityConfig, IdentityOperations } from './config.js';
import { resources } from './contract.generated.js';
import { createCredentials } from './credentials.js';
import { createEmailChanges } from './email-changes.js';
import { ensureFirstAccount } from './first-account.js';
import { createForgottenNames } from './forgotten-names.js';
import { createHostAccounts } from './host-accounts.js';
import { createHostSchemes } from './host-schemes.js';
import { createImport } from './import.js';
import { accountImporter } from './import-collection.js';
import { keysToRecord, openKeyRings } from './key-rings.js';
import { passwordLimits } from './limits.js';
import { createMachineTokens } from './machine-tokens.js';
import { createOperations } from './operations.js';
import { createPasswordReset } from './password-reset.js';
import { createPrivileges } from './privileges.js';
import { createProfile, rules } from './profile.js';
import { assertRecordedKeys } from './recorded-keys.js';
import { createRefreshTokenStore } from './refresh-token-store.js';
import { assertOpen, createRegisterAccount } from './registration.js';
import { createRevocations } from './revocations.js';
import { createService, type IdentityService } from './service.js';
import { createSessionStore } from './session-store.js';
import { createSessions } from './sessions.js';
import type { IdentityOptions } from './types.js';
import { createUsedSeals, type UsedSeals } from './used-seals.js';
import { createWechatIdentifier, createWechatProof, createWechatSignIn } from './wechat.js';
import { createWechatAccounts } from './wechat-accounts.js';

export interface IdentityTypes {
  operations: IdentityOperations;
  config: IdentityConfig;
  needs: { readonly limiter: RateLimiter; readonly mail: MailService };
  service: IdentityService;
}

export async function setUp(
  scope: HostScope<IdentityTypes>,
  options: IdentityOptions,
): Promise<PluginParts<IdentityTypes>> {
  const { config, database, audit } = scope;
  const { clock, inSpan } = scope.host;
  const { keys } = scope.host.internals;
  const { mail } = scope.services;
  const stores = createStores(database, options.siblings);
  const { accounts, refreshTokens, revocations } = stores;
  const { rings, passwords, tokens, unsealer } = await createCrypto(scope, stores.usedSeals, options);
  const hostAccounts = createHostAccounts({ database, accounts, revocations, clock });
  const machines = createMachineTokens({ database, tokens, revocations, clock });
  const authenticator = createAuthenticator({
    bearer: createBearerScheme(tokens),
    hostSchemes: createHostSchemes(options.schemes ?? [], hostAccounts),
    accounts,
    machines,
    revocations,
    keys,
    clock,
  });
  const checkPassword = createGuardedCheck(scope, accounts, passwords);
  const logIn = createPasswordLogin({ accounts, passwords, checkPassword });
  const register = createRegisterAccount({ database, accounts, passwords, mail, clock });
  const privileges = createPrivileges({ database, accounts, refreshTokens, clock });
  const emails = createEmailChanges({ accounts, mail, confirm: config.confirmEmail ?? mail.delivers });
  const parts = { database, accounts, clock };
  const credentials = createCredentials({ ...parts, emails, refreshTokens, passwords, checkPassword, unsealer });
  const forgottenNames = createForgottenNames(database, rings.pepper);
  const importAccounts = createImport({ database, accounts, passwords, forgottenNames, clock, audit });
  const resetPassword = createPasswordReset({ database, accounts, refreshTokens, passwords, clock });
  const sessions = createSessions({
    tokens,
    store: stores.sessions,
    refreshTokens,
    refreshKeys: rings.refresh,
    accounts,
    clock,
    config,
  });
  const wechatAccounts = createWechatAccounts({ database, accounts, clock, mayCreate: () => assertOpen(config) });
  const identify = createWechatIdentifier(config.wechat, inSpan);
  const operations = createOperations({
    config,
    logIn,
    register,
    unsealer,
    auditAdminSignIn: createAdminSignInAudit(database, audit),
    signInByWechat: createWechatSignIn(identify, wechatAccounts),
    sessions,
    keys: { sealing: rings.sealing, tokens: [rings.tokens, rings.machines] },
  });
  const purging = createPurging(scope, stores);
  return {
    handlers: { ...operations, ...createProfile(scope.resource(resources.User, rules(credentials))) },
    service: createService(wechatAccounts, {
      accounts,
      registration: { register, importAccounts, forgottenNames },
      credentials: { checkPassword, resetPassword, proveByWechat: createWechatProof(identify, wechatAccounts) },
      privileges,
      emails,
      machines,
      sessions,
      callers: { authenticator, hostAccounts, unsealer },
    }),
    data: { imports: [accountImporter({ accounts, passwords, forgottenNames, clock })] },
    async start() {
      await assertRecordedKeys(database, await keysToRecord(keys));
      await ensureFirstAccount({ ...options, database, register, machines, clock });
      purging.start();
    },
    stop: () => purging.stop(),
  };
}

function measurePasswords({ metrics }: HostScope<IdentityTypes>, passwords: Passwords): void {
  const help = 'Password hashes that are computed, and those that wait for a processor.';
  metrics.observableGauge({ name: 'password_hashes', help, labels: ['state'] }, (observe) => {
    const { running, waiting } = passwords.load();
    observe(running, { state: 'running' });
    observe(waiting, { state: 'waiting' });
  });
}

function measureKeys({ metrics, host }: HostScope<IdentityTypes>): void {
  const help = 'When the active key of each purpose was made.';
  metrics.observableGauge({ name: 'key_created_timestamp_seconds', help, labels: ['purpose'] }, async (observe) => {
    for (const { purpose, activeSince } of await host.internals.keys.opened()) observe(activeSince / 1000, { purpose });
  });
}

/** Counts guesses by account and network before a password is hashed. */
function createGuardedCheck({ services }: HostScope<IdentityTypes>, accounts: Accounts, passwords: Passwords) {
  const guard = {
    attempt: (user: string, { ip }: LoginCall) => services.limiter.attempt(passwordLimits, { ip, user }),
    shareOf: ({ ip }: LoginCall) => networksOf(ip).at(-1) ?? '',
  };
  return createPasswordCheck({ accounts, passwords, guard });
}

function createStores(database: Database, siblings: IdentityOptions['siblings']) {
  const revocations = createRevocations(siblings);
  const accounts = createAccounts(database, revocations);
  const sessions = createSessionStore(database, revocations);
  const refreshTokens = createRefreshTokenStore({ database, accounts, sessions });
  return { revocations, accounts, sessions, refreshTokens, usedSeals: createUsedSeals(database) };
}

/** Keys, and what works with them. */
async function createCrypto(scope: HostScope<IdentityTypes>, replay: UsedSeals, options: IdentityOptions) {
  const { config } = scope;
  const { clock } = scope.host;
  const { issuer, audience, tokenAlgorithm, replayProtection } = config;
  const rings = await openKeyRings(scope.host.internals.keys, tokenAlgorithm);
  const { siblings, passwordCost: cost } = options;
  const passwords = createPasswords({ pepper: rings.pepper, sharedBy: siblings?.count ?? 1, ...(cost && { cost }) });
  measurePasswords(scope, passwords);
  measureKeys(scope);
  return {
    rings,
    passwords,
    unsealer: createSealing({ keys: rings.sealing, replay, clock, replayProtection }),
    tokens: createTokens({
      keys: rings.tokens,
      machineKeys: rings.machines,
      clock,
      issuer,
      ...(audience !== undefined && { audience }),
    }),
  };
}

const purgeEveryMs = 10 * 60_000;

function createPurging(
  { host: { clock, log } }: HostScope<IdentityTypes>,
  { sessions, refreshTokens, usedSeals }: ReturnType<typeof createStores>,
) {
  const purge = async () => {
    const now = clock.now();
    await refreshTokens.purge(now);
    await sessions.purge(now);
    await usedSeals.purge(now);
  };
  return createInterval(purge, { everyMs: purgeEveryMs, failure: 'Expired tokens could not be purged.', log });
}
