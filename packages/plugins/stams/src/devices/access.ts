/** Who may manage which STAMS: an operator those of their clubs, an admin all. */
import {
  type ClubService,
  catalogue,
  includes,
  PalestraError,
  type Principal,
  parseId,
  permissionDenied,
} from '@palestra/core';
import type { StamsStore, StoredStams } from '../store.js';

export interface Access {
  /** @throws PalestraError 404, 403 */
  stams(uid: string, principal: Principal): Promise<StoredStams>;
  /** In pages, by uid. @throws PalestraError 404 for an operator without a club */
  all(principal: Principal): Promise<AsyncIterable<StoredStams[]> | StoredStams[]>;
}

export function createAccess(store: StamsStore, clubs: ClubService): Access {
  return {
    async stams(uid, principal) {
      const stams = await findStams(store, parseId(uid));
      const { operatorId } = stams;
      if (includes(principal.privilege, 'admin')) return stams;
      if (operatorId === null || !(await clubs.may('operate', operatorId, principal))) throw permissionDenied();
      return stams;
    },
    async all(principal) {
      const own = principal.kind === 'account' ? await clubs.ownedBy(principal.accountId) : [];
      if (own.length === 0) {
        if (includes(principal.privilege, 'admin')) return store.all();
        throw notFound('User');
      }
      const found = await Promise.all(own.map(({ id }) => store.ofOperator(id)));
      return found.flat().sort((a, b) => a.uid - b.uid);
    },
  };
}

/** @throws PalestraError 404 */
export async function findStams(store: StamsStore, uid: number | undefined): Promise<StoredStams> {
  const stams = uid === undefined ? undefined : await store.find(uid);
  if (!stams) throw notFound('STAMS');
  return stams;
}

export function notFound(name: string): PalestraError {
  return new PalestraError(catalogue.resourceNotFound, `${name} not found`);
}
