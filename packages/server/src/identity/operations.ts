/** What each operation of identity does, in a few lines each; the work is done by what they are given. */
import { type Call, catalogue, displayName, type Handlers, PalestraError, reply } from '@palestra/core';
import {
  createAdminScheme,
  createBasicScheme,
  createUserScheme,
  type KeyRing,
  type PasswordLogin,
  type Scheme,
  type SealingKey,
  type StoredAccount,
  type TokenKey,
  verifyBy,
} from '@palestra/core/auth';
import type { AuditAdminSignIn } from './admin-sign-in-audit.js';
import type { IdentityConfig, IdentityOperations } from './config.js';
import type { components } from './contract.generated.js';
import { assertOpen, type RegisterAccount } from './registration.js';
import type { AccessToken, Sessions, TokenPair } from './sessions.js';
import type { Unsealer } from './types.js';
import type { WechatSignIn } from './wechat.js';

/** How long a client may keep a public key; a retired one still opens for longer. */
const keysMaxAge = 'public, max-age=60';

export interface OperationOptions {
  readonly config: IdentityConfig;
  readonly logIn: PasswordLogin;
  readonly auditAdminSignIn: AuditAdminSignIn;
  readonly unsealer: Unsealer;
  readonly register: RegisterAccount;
  readonly signInByWechat: WechatSignIn;
  readonly sessions: Sessions;
  readonly keys: PublicKeys;
}

/** Key pairs whose public half is published. */
interface PublicKeys {
  readonly sealing: KeyRing<SealingKey>;
  /** For the tokens of people and of machines. */
  readonly tokens: readonly KeyRing<TokenKey>[];
}

type SessionOperations = Omit<IdentityOperations, 'operateProfile' | 'listProfiles' | 'getProfile'>;

export function createOperations(options: OperationOptions): Handlers<SessionOperations> {
  const { config, logIn, register, sessions, keys } = options;
  const signInSchemes = createSignInSchemes(options);
  const basicScheme = createBasicScheme({ logIn, hideUserExistence: config.hideUserExistence });
  return {
    getServerKey() {
      const { publicKey, kid } = keys.sealing.active;
      return reply(200, { publicKey, kid, algorithm: 'RSA-OAEP-256' as const }, { 'cache-control': keysMaxAge });
    },

    getJwks() {
      const signing = keys.tokens.flatMap(({ usable }) => usable.flatMap(({ publicJwk }) => publicJwk ?? []));
      const sealing = keys.sealing.usable.map(({ publicJwk }) => publicJwk);
      return reply(200, { keys: [...sealing, ...signing] }, { 'cache-control': keysMaxAge });
    },

    async register({ body }, call) {
      assertOpen(config);
      const { username, password, email = null, firstName = null, lastName = null, address = null } = body;
      const request = { username, password, email, firstName, lastName, address, role: 'player' as const };
      return sessions.open(await register(request), call);
    },

    authenticate: (_, call) => verifyBy(signInSchemes, call.header('authorization'), call),
    authenticateByWechat: async ({ body }, call) => sessions.open(await options.signInByWechat(body), call),
    refresh: ({ body }) => sessions.refresh(body.refresh_token, body.refresh_key),

    async logout({ body }) {
      await sessions.close(body.refresh_token);
      return {};
    },

    async publicRegister({ body }) {
      assertOpen(config);
      const { email, password, first_name: firstName, last_name: lastName, address = null } = body;
      const names = { username: email, email, firstName, lastName, address };
      // Who registers with the clubs' own API shares the email with them, and may stop that in the profile.
      const request = { ...names, password, role: 'player' as const, shareEmail: true };
      return toClubUser(await register(request).catch(asBadRequest), address);
    },

    async login({ params: { username } }, call) {
      const attempt = { ip: call.ip, expectedUsername: username };
      const account = await verifyBy([basicScheme], call.header('authorization'), attempt);
      const { access_token: user_token } = await sessions.issue(account, config.clubTokenSeconds, call);
      return { user_token, user: { email: account.email, name: displayName(account) } };
    },
  };
}

/** The schemes of `GET /api/auth`, each with its own kind of session. */
function createSignInSchemes(options: OperationOptions): readonly Scheme<TokenPair | AccessToken, Call>[] {
  const { config, logIn, auditAdminSignIn, unsealer, sessions } = options;
  const user = createUserScheme({ logIn, sealing: unsealer });
  const admin = createAdminScheme(logIn);

  async function issueToAdmin(account: StoredAccount, call: Call): Promise<AccessToken> {
    await auditAdminSignIn(account, call);
    return sessions.issue(account, config.adminTokenSeconds, call);
  }

  return [
    { ...admin, verify: async (value, call) => issueToAdmin(await admin.verify(value, call), call) },
    { ...user, verify: async (value, call) => sessions.open(await user.verify(value, call), call) },
  ];
}

type ClubUser = components['schemas']['ClubUser'];

function toClubUser({ id, firstName, lastName, email }: StoredAccount, address: string | null): ClubUser {
  return { id, first_name: firstName, last_name: lastName, email, address };
}

/** The Starball API answers every refused registration with 400. */
function asBadRequest(error: unknown): never {
  if (error instanceof PalestraError && error.fact.code === catalogue.duplicateResourceCreation.code) {
    throw new PalestraError(catalogue.invalidRequest, error.message, { errors: error.errors, cause: error });
  }
  throw error;
}
