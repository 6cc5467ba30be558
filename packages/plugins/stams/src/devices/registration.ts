/** A STAMS gets its token once, and another only after that one was revoked. */
import {
  type AccountsService,
  type Call,
  type Clock,
  type ClubService,
  catalogue,
  invalidRequest,
  PalestraError,
  parseId,
} from '@palestra/core';
import { type Audit, type Database, databaseFault, type Unit } from '@palestra/server/plugin';
import type { components } from '../contract.generated.js';
import type { StamsStore } from '../store.js';
import type { Boots } from './boots.js';
import { readPublicKey, sealFor } from './public-key.js';

export interface RegistrationOptions {
  readonly database: Database;
  readonly store: StamsStore;
  readonly boots: Boots;
  readonly accounts: AccountsService;
  readonly clubs: ClubService;
  readonly clock: Clock;
  readonly audit: Audit;
  /** 0 for any number. */
  readonly registrationsPerHour: number;
}

export interface StamsRegistration {
  /** @throws PalestraError 400 for one registered already, an invalid key, an unknown operator; 429 */
  register(request: components['schemas']['StamsRegistration'], call: Call): Promise<string>;
  /** Ends its token, if it has one. */
  revoke(uid: number, call: Call): Promise<void>;
  /** Deletes it with all that it sent, and ends its token. */
  remove(uid: number, call: Call): Promise<void>;
}

const hourMs = 60 * 60_000;

export function createRegistration(options: RegistrationOptions): StamsRegistration {
  const { database, store, boots, accounts, clubs, clock, audit } = options;

  async function admit(provisioningUid: string, unit: Unit): Promise<number> {
    const known = await store.findByProvisioningUid(provisioningUid, unit);
    if (known && known.tokenId !== null) throw registeredAlready();
    await assertQuota(options, unit);
    if (!known) return store.insert(provisioningUid, clock.now(), unit);
    await boots.forget(known.uid, unit);
    return known.uid;
  }

  return {
    async register({ provisioning_uid: provisioningUid, operator, publickey, seal_token: seal = false }, call) {
      const publicKey = publickey == null ? null : readPublicKey(publickey);
      if (seal && publicKey === null) throw invalidRequest('seal_token needs a publickey', '/publickey');
      const operatorId = operator == null ? undefined : await knownOperator(clubs, operator);
      const token = await database
        .unitOfWork(async (unit) => {
          const uid = await admit(provisioningUid, unit);
          const { token, tokenId } = await accounts.machines.issue('stams_io', String(uid), unit);
          if (!(await store.giveToken({ uid, tokenId, now: clock.now() }, unit))) throw registeredAlready();
          await store.setPublicKey(uid, publicKey, unit);
          if (operatorId !== undefined) await store.setOperator(uid, operatorId, unit);
          await audit.record(unit, call, {
            action: 'stams.register',
            object: `stams/${uid}`,
            detail: { provisioningUid, operatorId: operatorId ?? null },
          });
          return token;
        })
        .catch((error: unknown) => {
          const fault = databaseFault(error);
          if (fault?.constraint === 'stams_provisioning_uid') throw registeredAlready();
          throw fault?.kind === 'reference' ? operatorNotFound() : error;
        });
      return seal && publicKey !== null ? sealFor(publicKey, token) : token;
    },

    async revoke(uid, call) {
      await database.unitOfWork(async (unit) => {
        const { tokenId = null } = (await store.lock(uid, unit)) ?? {};
        if (tokenId === null || !(await store.takeToken(uid, tokenId, unit))) return;
        await accounts.machines.revoke(tokenId, unit);
        await audit.record(unit, call, { action: 'stams.revoke', object: `stams/${uid}` });
      });
    },

    async remove(uid, call) {
      await database.unitOfWork(async (unit) => {
        const stams = await store.lock(uid, unit);
        if (!stams) return;
        if (stams.tokenId !== null) await accounts.machines.revoke(stams.tokenId, unit);
        await boots.forget(uid, unit);
        await store.remove(uid, unit);
        await audit.record(unit, call, { action: 'stams.delete', object: `stams/${uid}` });
      });
    },
  };
}

async function assertQuota({ store, clock, registrationsPerHour }: RegistrationOptions, unit: Unit): Promise<void> {
  if (registrationsPerHour === 0) return;
  if ((await store.provisionedSince(clock.now() - hourMs, unit)) < registrationsPerHour) return;
  throw new PalestraError(
    catalogue.tooManyRequests,
    `No more than ${registrationsPerHour} STAMS are registered an hour.`,
    { headers: { 'retry-after': '60' } },
  );
}

async function knownOperator(clubs: ClubService, operator: string | number): Promise<number> {
  const id = parseId(operator);
  if (id === undefined || !(await clubs.find(id))) throw operatorNotFound();
  return id;
}

function operatorNotFound(): PalestraError {
  return invalidRequest('Operator not found', '/operator');
}

function registeredAlready(): PalestraError {
  return invalidRequest('The provisioning_uid is registered already', '/provisioning_uid');
}
