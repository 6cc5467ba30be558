/** What each operation of identity does, in a few lines each; the work is done by what they are given. */
import { type Call, catalogue, type Handlers, PalestraError, reply } from '@palestra/core';
import {
  createAdminScheme,
  createBasicScheme,
  createUserScheme,
  type KeyRing,
  type PasswordLoginOptions,
  type Scheme,
  type SealingKey,
  type StoredAccount,
  type TokenKey,
  verifyBy,
} from '@palestra/core/auth';
import type { IdentityConfig, IdentityTypes } from './config.js';
import type { components } from './contract.generated.js';
import type { Registration } from './registration.js';
import type { AccessToken, Sessions, TokenPair } from './sessions.js';
import type { Unsealer } from './types.js';
import type { WechatSignIn } from './wechat.js';

/** How long a client may keep a public key; a retired one still opens for longer. */
const keysMaxAge = 'public, max-age=60';

export interface OperationOptions {
  readonly config: IdentityConfig;
  /** Bound to the call whose password is checked. */
  readonly login: (call: Call) => PasswordLoginOptions;
  /** What is told of a sign-in that opens a month of administration. */
  readonly signedIn: (account: StoredAccount, call: Call) => Promise<void>;
  readonly unsealer: Unsealer;
  readonly registration: Registration;
  readonly signInByWechat: WechatSignIn;
  readonly sessions: Sessions;
  readonly sealingKeys: KeyRing<SealingKey>;
  /** Of people and of machines. */
  readonly tokenKeys: readonly KeyRing<TokenKey>[];
}

type SessionOperations = Omit<IdentityTypes['operations'], 'operateProfile' | 'listProfiles' | 'getProfile'>;

export function createOperations(options: OperationOptions): Handlers<SessionOperations> {
  const { config, registration, sessions, sealingKeys, tokenKeys } = options;
  const signIn = createSignIn(options);
  return {
    getServerKey() {
      const { publicKey, kid } = sealingKeys.active;
      return reply(200, { publicKey, kid, algorithm: 'RSA-OAEP-256' as const }, { 'cache-control': keysMaxAge });
    },

    getJwks() {
      const signing = tokenKeys.flatMap(({ usable }) => usable.flatMap(({ publicJwk }) => publicJwk ?? []));
      const keys = [...sealingKeys.usable.map(({ publicJwk }) => publicJwk), ...signing];
      return reply(200, { keys }, { 'cache-control': keysMaxAge });
    },

    async register({ body }) {
      const { username, password, email = null, firstName = null, lastName = null, address = null } = body;
      const request = { username, password, email, firstName, lastName, address, role: 'player' as const };
      return sessions.open(await registration.register(request));
    },

    authenticate: (_, call) => signIn(call),
    authenticateByWechat: async ({ body }) => sessions.open(await options.signInByWechat(body)),
    refresh: ({ body }) => sessions.refresh(body.refresh_token),

    async logout({ body }) {
      await sessions.close(body.refresh_token);
      return {};
    },

    async publicRegister({ body }) {
      const { email, password, first_name: firstName, last_name: lastName, address = null } = body;
      const request = { username: email, email, password, firstName, lastName, address, role: 'player' as const };
      return toClubUser(await registration.register(request).catch(asBadRequest), address);
    },

    async login({ params: { username } }, call) {
      const { hideUserExistence } = config;
      const basic = createBasicScheme({ ...options.login(call), hideUserExistence, expectedUsername: username });
      const account = await verifyBy([basic], call.header('authorization'));
      const { access_token: user_token } = sessions.issue(account, config.clubTokenSeconds);
      return { user_token, user: { email: account.email, name: displayName(account) } };
    },
  };
}

/** `GET /api/auth`: each scheme has its own kind of session. */
function createSignIn({ config, login, signedIn, unsealer, sessions }: OperationOptions) {
  return (call: Call) => {
    const user = createUserScheme({ ...login(call), sealing: unsealer });
    const admin = createAdminScheme(login(call));
    const opening: readonly Scheme<TokenPair | AccessToken>[] = [
      { ...admin, verify: async (value) => issueToAdmin(await admin.verify(value), call) },
      { ...user, verify: async (value) => sessions.open(await user.verify(value)) },
    ];
    return verifyBy(opening, call.header('authorization'));
  };

  async function issueToAdmin(account: StoredAccount, call: Call): Promise<AccessToken> {
    await signedIn(account, call);
    return sessions.issue(account, config.adminTokenSeconds);
  }
}

type ClubUser = components['schemas']['ClubUser'];

function toClubUser({ id, firstName, lastName, email }: StoredAccount, address: string | null): ClubUser {
  return { id, first_name: firstName, last_name: lastName, email, address };
}

/** Second seed, 3.1: "Login also returns the display name". */
function displayName({ firstName, lastName, username }: StoredAccount): string {
  return [firstName, lastName].filter((part) => part !== null).join(' ') || username;
}

/** Second seed, 2.2: whatever is wrong with a registration is 400. */
function asBadRequest(error: unknown): never {
  if (error instanceof PalestraError && error.fact === catalogue.duplicateResourceCreation) {
    throw new PalestraError(catalogue.invalidRequest, error.message, { errors: error.errors, cause: error });
  }
  throw error;
}
