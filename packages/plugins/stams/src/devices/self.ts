/** What a STAMS calls by its own token: all the time, and ten thousand of them at once. */
import { type Handlers, type Principal, permissionDenied, type Reply, reply } from '@palestra/core';
import { tokenInvalid } from '@palestra/core/auth';
import type { IntervalOptions } from '@palestra/server/plugin';
import type { components, operations } from '../contract.generated.js';
import type { Catalogue, Snapshot } from '../games/catalogue.js';
import type { Game } from '../games/store.js';
import { etagOf, matches } from '../http/etag.js';
import type { StamsStore } from '../store.js';
import type { Boots } from './boots.js';
import type { Presence } from './presence.js';
import type { Results } from './results.js';

export interface SelfOptions {
  readonly store: StamsStore;
  readonly catalogue: Catalogue;
  readonly presence: Presence;
  readonly boots: Boots;
  readonly results: Results;
  readonly log: IntervalOptions['log'];
}

type SelfOperations = Pick<operations, 'getSelf' | 'putSelfStatus' | 'listSelfGames' | 'postSelfResults'>;

export function createSelf(options: SelfOptions): Handlers<SelfOperations> {
  const { store, catalogue, presence, boots, results, log } = options;

  async function self(uid: number) {
    const stams = await store.find(uid);
    // A restored database may lack its row; its token then ends too.
    if (!stams) throw tokenInvalid();
    return stams;
  }

  return {
    async getSelf(_, call) {
      const uid = uidOf(call.principal);
      presence.seen(uid, call.receivedAt);
      const { displayName, provisioningUid, operatorId } = await self(uid);
      const { revision } = await catalogue.current();
      const body: components['schemas']['StamsSelf'] = {
        uid,
        display_name: displayName,
        provisioning_uid: provisioningUid,
        operator_id: operatorId,
        games_revision: revision,
      };
      return tagged(body, etagOf(body), call.header('if-none-match'));
    },

    async putSelfStatus({ body }, call) {
      const uid = uidOf(call.principal);
      if (body.boot_id !== undefined && (await boots.report(uid, body.boot_id)) === 'past') {
        const { ip, requestId } = call;
        log.warn({ uid, bootId: body.boot_id, ip, requestId }, 'Two devices have the token of one STAMS.');
        throw tokenInvalid(new Error('Another boot took the place of this one.'));
      }
      presence.seen(uid, call.receivedAt, body);
      const { revision } = await catalogue.current();
      return { server_time: new Date(call.receivedAt).toISOString(), games_revision: revision };
    },

    listSelfGames(_, call) {
      presence.seen(uidOf(call.principal), call.receivedAt);
      const ifNoneMatch = call.header('if-none-match');
      const answer = ({ games, etag }: Snapshot): Reply<Game[]> => tagged(games, etag, ifNoneMatch);
      const snapshot = catalogue.current();
      return snapshot instanceof Promise ? snapshot.then(answer) : answer(snapshot);
    },

    async postSelfResults({ body }, call) {
      const uid = uidOf(call.principal);
      presence.seen(uid, call.receivedAt);
      return results.add(uid, Array.isArray(body) ? body : body.results);
    },
  };
}

/** A `stams_io` token was made for one STAMS: its subject is the uid. */
function uidOf(principal: Principal): number {
  if (principal.kind !== 'machine') throw permissionDenied();
  return Number(principal.subject);
}

/** It may be cached by the device, which revalidates it by its ETag. */
const keep = 'private, no-cache';

function tagged<Body>(body: Body, etag: string, ifNoneMatch: string | undefined): Reply<Body> {
  return reply(matches(ifNoneMatch, etag) ? 304 : 200, body, { etag, 'cache-control': keep });
}
