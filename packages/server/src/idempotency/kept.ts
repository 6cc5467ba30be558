/** Kept answers, also for a caller who cannot execute any more: its token ended, perhaps by the request it repeats. */
import type { Unit } from '@palestra/core';
import { answerOf, type IdentifiedRequest, identify, type KeeperServices, retentionMs } from './request.js';
import type { KeptAnswers } from './types.js';

export function createKeptAnswers(services: KeeperServices): KeptAnswers {
  const { store, cipher, clock } = services;
  return {
    async has(key) {
      const row = await store.find(identify({ ...key, content: '' }, cipher).digest);
      return row !== undefined && row.answer !== null && row.created_at >= clock.now() - retentionMs;
    },
    find: (request) => findKept(identify(request, cipher), services),
  };
}

/** Undefined for an answer that is not there, or older than the retention. */
export async function findKept(
  request: IdentifiedRequest,
  { store, cipher, clock }: KeeperServices,
  unit?: Unit,
): Promise<string | undefined> {
  const row = await store.find(request.digest, unit);
  if (!row || row.created_at < clock.now() - retentionMs) return undefined;
  return answerOf(row, request, cipher);
}
