/** The table `session`: every sign-in with what it came from. Its row says whether the tokens of a sign-in are valid. */
import type { Unit } from '@palestra/core';
import type { Database } from '../database/types.js';
import { createSessionStatements, type StoredSession } from './session-statements.js';
import type { Revocations } from './types.js';

export interface SessionStore {
  begin(session: StoredSession, unit?: Unit): Promise<void>;
  /** It was refreshed. */
  touch(id: string, now: number, expiresAt: number, unit: Unit): Promise<void>;
  /** Those that have neither ended nor expired, the newest first. */
  list(accountId: number, now: number): Promise<StoredSession[]>;
  /** Ends its tokens; false if the account has no such session that goes on. */
  end(id: string, accountId: number, now: number, unit: Unit): Promise<boolean>;
  /** Ends all of the account but `except`; how many. */
  endAll(accountId: number, except: string | undefined, now: number, unit: Unit): Promise<number>;
  /** Deletes those whose tokens have all expired. */
  purge(now: number): Promise<void>;
}

/** No access token of a session outlives its refresh token by more than a day. */
const keptAfterExpiryMs = 2 * 24 * 60 * 60_000;
const longestAgent = 200;

export function createSessionStore(database: Database, revocations: Revocations): SessionStore {
  const statements = createSessionStatements(database);
  return {
    begin: async (session, unit) =>
      void (await statements.insert.run({ ...session, agent: shownAgent(session.agent) }, unit)),
    touch: async (id, now, expiresAt, unit) => void (await statements.touch.run({ id, now, expiresAt }, unit)),
    list: (accountId, now) => statements.list.all({ accountId, now }),
    async end(id, accountId, now, unit) {
      const { affected } = await statements.end.run({ id, accountId, now }, unit);
      revocations.announce(unit);
      return affected === 1;
    },
    async endAll(accountId, except, now, unit) {
      const { affected } = await statements.endAll.run({ accountId, except: except ?? '', now }, unit);
      revocations.announce(unit);
      return affected;
    },
    purge: async (now) => void (await statements.purge.run({ before: now - keptAfterExpiryMs })),
  };
}

/** As it is shown to people: short, and without what cannot be seen. */
function shownAgent(agent: string | null): string | null {
  const text = agent?.replaceAll(/\p{C}/gu, '').slice(0, longestAgent) ?? '';
  return text === '' ? null : text;
}
