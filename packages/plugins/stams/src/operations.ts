/** What each operation on STAMS does for people; what a STAMS itself calls is in `devices/self.ts`. */
import { type ClubService, type Handlers, includes, parseId, permissionDenied, streamed } from '@palestra/core';
import { type Audit, type Database, databaseFault, type Unit } from '@palestra/server/plugin';
import type { operations } from './contract.generated.js';
import { type Access, findStams, notFound } from './devices/access.js';
import type { ListPlayed } from './devices/played.js';
import type { Presence } from './devices/presence.js';
import type { StamsRegistration } from './devices/registration.js';
import type { Results } from './devices/results.js';
import { type StamsStore, type StoredStams, toStams } from './store.js';

export interface OperationOptions {
  readonly database: Database;
  readonly audit: Audit;
  readonly store: StamsStore;
  readonly clubs: ClubService;
  readonly registration: StamsRegistration;
  readonly access: Access;
  readonly presence: Presence;
}

type StamsOperation = 'registerStams' | 'connectStams' | 'allStams' | 'getStams' | 'renameStams' | 'revokeStamsToken';

export function createStamsOperations(options: OperationOptions): Handlers<Pick<operations, StamsOperation>> {
  const { database, audit, store, clubs, registration, access, presence } = options;
  return {
    registerStams: async ({ body }, call) => ({ stams_token: await registration.register(body, call) }),

    async connectStams({ body }, call) {
      const { uid } = await findStams(store, parseId(body.stams_uid));
      const operatorId = parseId(body.operator_uid);
      if (operatorId === undefined || !(await clubs.find(operatorId))) throw notFound('User');
      const work = async (unit: Unit) => {
        if (!(await store.lock(uid, unit))) throw notFound('STAMS');
        await store.setOperator(uid, operatorId, unit);
        const detail = { operatorId };
        await audit.record(unit, call, { action: 'stams.connect', object: `stams/${uid}`, detail });
      };
      await database.unitOfWork(work).catch((error: unknown) => {
        throw databaseFault(error)?.kind === 'reference' ? notFound('User') : error;
      });
    },

    async allStams(_, { principal }) {
      const found = await access.all(principal);
      return Array.isArray(found) ? found.map(toStams) : streamed(pagesOf(found));
    },

    async getStams({ params }, { principal }) {
      const stams = await access.stams(params.uid, principal);
      const { lastSeen, status, cloned } = await presence.of(stams.uid);
      return {
        stams: {
          ...toStams(stams),
          operator_id: stams.operatorId,
          provisioned: stams.tokenId !== null,
          last_seen: toInstant(lastSeen),
          status,
          cloned: toInstant(cloned),
        },
      };
    },

    async renameStams({ params, body }, { principal }) {
      const stams = await access.stams(params.uid, principal);
      await database.unitOfWork(async (unit) => {
        // Another club may have got it since.
        if ((await store.lock(stams.uid, unit))?.operatorId !== stams.operatorId) throw permissionDenied();
        await store.rename(stams.uid, body.display_name, unit);
      });
      return { stams: { ...toStams(stams), display_name: body.display_name } };
    },

    async revokeStamsToken({ params }, call) {
      const { uid } = await access.stams(params.uid, call.principal);
      await registration.revoke(uid, call);
    },
  };
}

export interface ResultOptions {
  readonly access: Access;
  readonly results: Results;
  readonly listPlayed: ListPlayed;
}

type ResultOperation = 'listStamsResults' | 'listResults';

export function createResultOperations({
  access,
  results,
  listPlayed,
}: ResultOptions): Handlers<Pick<operations, ResultOperation>> {
  return {
    async listStamsResults({ params, query }, { principal }) {
      const { uid, operatorId } = await access.stams(params.uid, principal);
      const scope = includes(principal.privilege, 'admin') ? {} : { operatorId };
      return streamed(results.list(uid, { ...query, ...scope }));
    },

    listResults: async ({ query }, { principal }) => streamed(await listPlayed(principal, query)),
  };
}

async function* pagesOf(pages: AsyncIterable<StoredStams[]>) {
  for await (const page of pages) yield page.map(toStams);
}

function toInstant(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
