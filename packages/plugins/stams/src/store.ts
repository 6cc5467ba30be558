/** STAMS and their results in the database. */
import type { Database, Row, Unit } from '@palestra/server';
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

export interface NewToken {
  readonly uid: number;
  readonly tokenId: string;
  readonly now: number;
}

export interface StamsStore {
  find(uid: number, unit?: Unit): Promise<StoredStams | undefined>;
  findByProvisioningUid(provisioningUid: string, unit: Unit): Promise<StoredStams | undefined>;
  /** In pages, by uid. */
  all(): AsyncIterable<StoredStams[]>;
  ofOperator(operatorId: number): Promise<StoredStams[]>;
  /** Without a token and by a name made of its uid. */
  insert(provisioningUid: string, now: number, unit: Unit): Promise<number>;
  /** False if it has a token already. */
  giveToken(token: NewToken, unit: Unit): Promise<boolean>;
  takeToken(uid: number, unit: Unit): Promise<void>;
  setPublicKey(uid: number, publicKey: string | null, unit: Unit): Promise<void>;
  setOperator(uid: number, operatorId: number, unit?: Unit): Promise<boolean>;
  rename(uid: number, displayName: string): Promise<boolean>;
  /** How many got a token at or after `since`. */
  provisionedSince(since: number, unit: Unit): Promise<number>;
}

const pageSize = 200;

type Bind = Parameters<Parameters<Database['statement']>[0]>[1];

export function createStore(database: Database): StamsStore {
  const {
    byUid,
    byProvisioningUid,
    byOperator,
    page,
    insert,
    insertStatus,
    name,
    token,
    noToken,
    key,
    operator,
    recent,
  } = composeStatements(database);
  return {
    async find(uid, unit) {
      const row = await byUid.first({ uid }, unit);
      return row && fromRow(row);
    },
    async findByProvisioningUid(provisioningUid, unit) {
      const row = await byProvisioningUid.first({ provisioning_uid: provisioningUid }, unit);
      return row && fromRow(row);
    },
    async *all() {
      for (let after = 0; ; ) {
        const rows = (await page.all({ after })).map(fromRow);
        if (rows.length > 0) yield rows;
        if (rows.length < pageSize) return;
        after = rows.at(-1)?.uid ?? after;
      }
    },
    ofOperator: async (operatorId) => (await byOperator.all({ operator_id: operatorId })).map(fromRow),
    async insert(provisioningUid, now, unit) {
      const { insertedId: uid } = await insert.run({ provisioning_uid: provisioningUid, now }, unit);
      await name.run({ uid, display_name: `stams${uid}` }, unit);
      await insertStatus.run({ uid }, unit);
      return uid;
    },
    async giveToken({ uid, tokenId, now }, unit) {
      const { affected } = await token.run({ uid, token_id: tokenId, provisioned_at: now }, unit);
      return affected === 1;
    },
    async takeToken(uid, unit) {
      await noToken.run({ uid, token_id: null }, unit);
    },
    async setPublicKey(uid, publicKey, unit) {
      await key.run({ uid, public_key: publicKey }, unit);
    },
    setOperator: async (uid, operatorId, unit) =>
      (await operator.run({ uid, operator_id: operatorId }, unit)).affected === 1,
    rename: async (uid, displayName) => (await name.run({ uid, display_name: displayName })).affected === 1,
    provisionedSince: async (since, unit) => Number((await recent.first({ since }, unit))?.count ?? 0),
  };
}

function composeStatements(database: Database) {
  const { knex } = database;
  const select = () => knex('stams').select('*');
  const byUid = database.statement((_, parameter) => select().where({ id: parameter('uid') }));
  const byProvisioningUid = database.statement((_, parameter) =>
    select().where({ provisioning_uid: parameter('provisioning_uid') }),
  );
  const byOperator = database.statement((_, parameter) =>
    select()
      .where({ operator_id: parameter('operator_id') })
      .orderBy('id'),
  );
  const page = database.statement((_, parameter) =>
    select().where('id', '>', parameter('after')).orderBy('id').limit(pageSize),
  );
  const insert = database.statement((_, parameter) =>
    knex('stams').insert({
      provisioning_uid: parameter('provisioning_uid'),
      display_name: '',
      provisioned_at: parameter('now'),
    }),
  );
  const insertStatus = database.statement((_, parameter) =>
    knex('stams_status').insert({ stams_id: parameter('uid') }),
  );
  const change = (columns: readonly string[], where: object = {}) =>
    database.statement((_, parameter) =>
      knex('stams')
        .where({ id: parameter('uid'), ...where })
        .update(bindAll(columns, parameter)),
    );
  const name = change(['display_name']);
  const token = change(['token_id', 'provisioned_at'], { token_id: null });
  const noToken = change(['token_id']);
  const key = change(['public_key']);
  const operator = change(['operator_id']);
  const recent = database.statement<{ count: number }>((_, parameter) =>
    knex('stams').count({ count: '*' }).where('provisioned_at', '>=', parameter('since')).whereNotNull('token_id'),
  );
  return {
    byUid,
    byProvisioningUid,
    byOperator,
    page,
    insert,
    insertStatus,
    name,
    token,
    noToken,
    key,
    operator,
    recent,
  };
}

function bindAll(columns: readonly string[], parameter: Bind) {
  return Object.fromEntries(columns.map((column) => [column, parameter(column)]));
}

function fromRow(row: Row): StoredStams {
  return {
    uid: Number(row.id),
    provisioningUid: String(row.provisioning_uid),
    displayName: String(row.display_name),
    operatorId: row.operator_id as number | null,
    publicKey: row.public_key as string | null,
    tokenId: row.token_id as string | null,
  };
}

export type Stams = Schemas['Stams'];

/** As `all_stams` of the seed has it. */
export function toStams({ uid, displayName, provisioningUid }: StoredStams): Stams {
  return { display_name: displayName, uid, provisioning_uid: provisioningUid };
}
