/** What a STAMS asks by its own token, all the time and from ten thousand at once. */
import { type Handlers, type Principal, permissionDenied, type Reply, reply } from '@palestra/core';
import { tokenInvalid } from '@palestra/core/auth';
import type { components, operations } from '../contract.generated.js';
import type { Catalogue, Snapshot } from '../games/catalogue.js';
import type { Game } from '../games/store.js';
import type { StamsStore } from '../store.js';
import type { BootState, Boots } from './boots.js';
import { etagOf, matches } from './etag.js';
import type { Log } from './log.js';
import type { Presence } from './presence.js';
import type { Results } from './results.js';

export interface SelfOptions {
  readonly store: StamsStore;
  readonly catalogue: Catalogue;
  readonly presence: Presence;
  readonly boots: Boots;
  readonly results: Results;
  readonly log: Log;
}

type SelfOperations = Pick<operations, 'getSelf' | 'putSelfStatus' | 'listSelfGames' | 'postSelfResults'>;

export function createSelf(options: SelfOptions): Handlers<SelfOperations> {
  const { store, catalogue, presence, boots, results, log } = options;

  async function self(uid: number) {
    const stams = await store.find(uid);
    // Its row went with a restored database; its token cannot outlive it.
    if (!stams) throw tokenInvalid();
    return stams;
  }

  async function bootState(uid: number, bootId: string | undefined): Promise<BootState> {
    if (bootId === undefined) return 'current';
    return presence.bootKnown(uid, bootId) ?? (await boots.state(uid, bootId));
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
      const boot = await bootState(uid, body.boot_id);
      if (boot === 'past') {
        await boots.cloned(uid, call.receivedAt);
        const { ip, requestId } = call;
        log.warn({ uid, bootId: body.boot_id, ip, requestId }, 'Two devices have the token of one STAMS.');
        throw tokenInvalid(new Error('A boot that another took the place of.'));
      }
      presence.said(uid, call.receivedAt, body, boot === 'new');
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
      return results.add(await self(uid), Array.isArray(body) ? body : body.results);
    },
  };
}

/** A `stams_io` token was made for one STAMS: its subject is the uid. */
function uidOf(principal: Principal): number {
  if (principal.kind !== 'machine') throw permissionDenied();
  return Number(principal.subject);
}

/** It may be kept, and is to be asked for again by its ETag. */
const keep = 'private, no-cache';

function tagged<Body>(body: Body, etag: string, ifNoneMatch: string | undefined): Reply<Body> {
  return reply(matches(ifNoneMatch, etag) ? 304 : 200, body, { etag, 'cache-control': keep });
}
