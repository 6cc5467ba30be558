/** `client.profile` */
import { formatId, parseId } from '@palestra/core';
import type { CallOptions } from '../call.js';
import { ClientError } from '../errors.js';
import type { components } from '../generated/openapi.js';
import { getProfile, listProfiles, operateProfile } from '../generated/operations.js';
import { type List, list, type Range } from '../list.js';
import type { ClientPlugin } from '../plugin.js';
import { runtime } from '../runtime.js';
import type { Criteria, ListOptions } from './resource.js';

type Schemas = components['schemas'];

export type User = Schemas['User'];
/** `null` clears a field. Role and level are not among them: nobody changes those here. */
export type UserChange = Omit<Schemas['UserUpdate']['data'], 'password'>;
export type PasswordChange = Schemas['PasswordChange'];

/** The own user; every user, for system administrators. */
export interface ProfileApi {
  /** The user who is signed in. @throws ClientError `auth` if nobody is */
  me(options?: CallOptions): Promise<User>;
  query(criteria: Criteria<User, Schemas['UserQuery']['data']>, options?: ListOptions): List<User>;
  list(range?: Range, options?: ListOptions): List<User>;
  /** @throws ClientError `permission` or `not_found` for another's */
  get(id: string, options?: CallOptions): Promise<User>;
  /** @throws ClientError `conflict` (the email is taken), `invalid`, `permission` */
  update(change: UserChange, options?: CallOptions): Promise<User>;
  /**
   * Both passwords are encrypted before they leave. Every session of the user ends with it, this one too: sign in anew.
   * @throws ClientError `auth` (the old password is wrong), `invalid`
   */
  changePassword(change: PasswordChange, options?: CallOptions): Promise<void>;
}

export const profile: ClientPlugin<'profile', ProfileApi> = {
  name: 'profile',
  setup: ({ call, sealed, session }) => {
    const ownId = async () => idOf((await session.read())?.accessToken);
    return {
      me: async (options) => call(getProfile, { params: { id: await ownId() } }, options),
      query: (criteria, options) =>
        list(
          criteria,
          async (range) => {
            const body = { operation: 'query', data: { ...criteria, ...range } } as Schemas['UserQuery'];
            return (await call(operateProfile, { body }, options)) as User[];
          },
          options?.pageSize,
        ),
      list: (range = {}, options) =>
        list(range, (query) => call(listProfiles, { query: query as { find?: number } }, options), options?.pageSize),
      get: (id, options) => call(getProfile, { params: { id } }, options),
      update: async (data, options) =>
        (await call(operateProfile, { body: { operation: 'update', data } }, options)) as User,
      async changePassword(change, options) {
        const _id = await ownId();
        // Sent once: the sealed value opens once, so that a second sending could not tell success from failure.
        const once = { ...options, retry: false } as const;
        const send = (password: string) =>
          call(operateProfile, { body: { operation: 'update', data: { _id, password } } }, once);
        await sealed(change, send, options);
        await session.signOut();
      },
    };
  },
};

/** The `sub` claim. Only the server can verify a token; here it merely says which profile to ask for. */
function idOf(accessToken: string | undefined): string {
  const id = parseId(claimsOf(accessToken)?.sub);
  if (id !== undefined) return formatId(id);
  throw new ClientError('Nobody is signed in', {
    kind: 'auth',
    code: 'token_missing',
    operationId: 'getProfile',
    requestId: '',
    attempts: 0,
  });
}

function claimsOf(token = ''): { sub?: unknown } | undefined {
  try {
    const payload = token.split('.')[1] ?? '';
    return JSON.parse(runtime.atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return undefined;
  }
}
