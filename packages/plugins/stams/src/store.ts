/** STAMS in the database. */
import type { Database, Unit } from '@palestra/server/plugin';
import type { components } from './contract.generated.js';

type Schemas = components['schemas'];

export interface StoredStams {
  readonly uid: number;
  readonly provisioningUid: string;
  readonly displayName: string;
  readonly operatorId: number | null;
  /** SPKI PEM. */
  readonly publicKey: string | null;
  readonly tokenId: string | null;
}

interface NewToken {
  readonly uid: number;
  readonly tokenId: string;
  readonly now: number;
}

export interface StamsStore {
  find(uid: number, unit?: Unit): Promise<StoredStams | undefined>;
  /** The same, kept from other writers until the unit's end. */
  lock(uid: number, unit: Unit): Promise<StoredStams | undefined>;
  findByProvisioningUid(provisioningUid: string, unit: Unit): Promise<StoredStams | undefined>;
  /** In pages, by uid. */
  all(): AsyncIterable<StoredStams[]>;
  ofOperator(operatorId: number): Promise<StoredStams[]>;
  /** Without a token, and named after its uid. */
  insert(provisioningUid: string, now: number, unit: Unit): Promise<number>;
  /** One of an older system, without a token. */
  adopt(stams: Omit<StoredStams, 'tokenId'> & { readonly now: number }, unit: Unit): Promise<void>;
  /** False if it has a token already. */
  giveToken(token: NewToken, unit: Unit): Promise<boolean>;
  /** False if `tokenId` is not its token any more. */
  takeToken(uid: number, tokenId: string, unit: Unit): Promise<boolean>;
  /** With its status, boots and results. */
  remove(uid: number, unit: Unit): Promise<void>;
  setPublicKey(uid: number, publicKey: string | null, unit: Unit): Promise<void>;
  setOperator(uid: number, operatorId: number, unit: Unit): Promise<void>;
  rename(uid: number, displayName: string, unit: Unit): Promise<void>;
  /** How many got a token at or after `since`; no other unit that asks gives one until the end of this one. */
  provisionedSince(since: number, unit: Unit): Promise<number>;
}

interface StamsRow {
  readonly id: number;
  readonly provisioning_uid: string;
  readonly display_name: string;
  readonly operator_id: number | null;
  readonly public_key: string | null;
  readonly token_id: string | null;
}

const columns = [
  'id',
  'provisioning_uid',
  'display_name',
  'operator_id',
  'public_key',
  'token_id',
] as const satisfies readonly (keyof StamsRow)[];

const pageSize = 200;

export function createStore(database: Database): StamsStore {
  const queries = composeQueries(database);
  const writes = composeWrites(database);
  const shown = async (row: Promise<StamsRow | undefined>) => {
    const found = await row;
    return found && fromRow(found);
  };
  return {
    find: (uid, unit) => shown(queries.byUid.first({ uid }, unit)),
    lock: (uid, unit) => shown(queries.locked.first({ uid }, unit)),
    findByProvisioningUid: (provisioning_uid, unit) =>
      shown(queries.byProvisioningUid.first({ provisioning_uid }, unit)),
    async *all() {
      for (let after = 0; ; ) {
        const rows = (await queries.page.all({ after })).map(fromRow);
        if (rows.length > 0) yield rows;
        if (rows.length < pageSize) return;
        after = rows.at(-1)?.uid ?? after;
      }
    },
    ofOperator: async (operator_id) => (await queries.byOperator.all({ operator_id })).map(fromRow),
    async insert(provisioning_uid, now, unit) {
      const { insertedId: uid } = await writes.insert.run({ provisioning_uid, now }, unit);
      await writes.displayName.run({ uid, display_name: `stams${uid}` }, unit);
      await writes.insertStatus.run({ uid }, unit);
      return uid;
    },
    async adopt({ uid, provisioningUid, displayName, operatorId, publicKey, now }, unit) {
      const named = { id: uid, provisioning_uid: provisioningUid, display_name: displayName };
      await writes.adopt.run({ ...named, operator_id: operatorId, public_key: publicKey, provisioned_at: now }, unit);
      await writes.insertStatus.run({ uid }, unit);
    },
    giveToken: async ({ uid, tokenId, now }, unit) =>
      (await writes.token.run({ uid, token_id: tokenId, now }, unit)).affected === 1,
    takeToken: async (uid, tokenId, unit) =>
      (await writes.noToken.run({ uid, token_id: tokenId }, unit)).affected === 1,
    remove: async (uid, unit) => void (await writes.remove.run({ uid }, unit)),
    setPublicKey: async (uid, public_key, unit) => void (await writes.publicKey.run({ uid, public_key }, unit)),
    setOperator: async (uid, operator_id, unit) => void (await writes.operator.run({ uid, operator_id }, unit)),
    rename: async (uid, display_name, unit) => void (await writes.displayName.run({ uid, display_name }, unit)),
    async provisionedSince(since, unit) {
      await writes.takeTurn.run({}, unit);
      return Number((await queries.provisioned.first({ since }, unit))?.count ?? 0);
    },
  };
}

function composeQueries(database: Database) {
  const select = () => database.knex('stams').select(columns);
  return {
    byUid: database.statement<StamsRow>((_, parameter) => select().where({ id: parameter('uid') })),
    locked: database.statement<StamsRow>((_, parameter) =>
      select()
        .where({ id: parameter('uid') })
        .forUpdate(),
    ),
    byProvisioningUid: database.statement<StamsRow>((_, parameter) =>
      select().where({ provisioning_uid: parameter('provisioning_uid') }),
    ),
    byOperator: database.statement<StamsRow>((_, parameter) =>
      select()
        .where({ operator_id: parameter('operator_id') })
        .orderBy('id'),
    ),
    page: database.statement<StamsRow>((_, parameter) =>
      select().where('id', '>', parameter('after')).orderBy('id').limit(pageSize),
    ),
    provisioned: database.statement<{ count: number }>((knex, parameter) =>
      knex('stams').count({ count: '*' }).where('provisioned_at', '>=', parameter('since')).whereNotNull('token_id'),
    ),
  };
}

function composeWrites(database: Database) {
  const set = (column: keyof StamsRow) =>
    database.statement((knex, parameter) =>
      knex('stams')
        .where({ id: parameter('uid') })
        .update({ [column]: parameter(column) }),
    );
  return {
    insert: database.statement((knex, parameter) =>
      knex('stams').insert({
        provisioning_uid: parameter('provisioning_uid'),
        display_name: '',
        provisioned_at: parameter('now'),
      }),
    ),
    adopt: database.statement((knex, parameter) =>
      knex('stams').insert(
        parameter.each(['id', 'provisioning_uid', 'display_name', 'operator_id', 'public_key', 'provisioned_at']),
      ),
    ),
    insertStatus: database.statement((knex, parameter) => knex('stams_status').insert({ stams_id: parameter('uid') })),
    displayName: set('display_name'),
    publicKey: set('public_key'),
    operator: set('operator_id'),
    token: database.statement((knex, parameter) =>
      knex('stams')
        .where({ id: parameter('uid'), token_id: null })
        .update({ token_id: parameter('token_id'), provisioned_at: parameter('now') }),
    ),
    noToken: database.statement((knex, parameter) =>
      knex('stams')
        .where({ id: parameter('uid'), token_id: parameter('token_id') })
        .update({ token_id: null }),
    ),
    remove: database.statement((knex, parameter) =>
      knex('stams')
        .where({ id: parameter('uid') })
        .delete(),
    ),
    /** Registrations that count those before them happen one after another. */
    takeTurn: database.statement((knex) =>
      knex('stams_registration')
        .where({ id: 1 })
        .update({ turns: knex.raw('turns + 1') }),
    ),
  };
}

function fromRow(row: StamsRow): StoredStams {
  return {
    uid: row.id,
    provisioningUid: row.provisioning_uid,
    displayName: row.display_name,
    operatorId: row.operator_id,
    publicKey: row.public_key,
    tokenId: row.token_id,
  };
}

export type Stams = Schemas['Stams'];

/** As `all_stams` of the Starball API answers it. */
export function toStams({ uid, displayName, provisioningUid }: StoredStams): Stams {
  return { display_name: displayName, uid, provisioning_uid: provisioningUid };
}
