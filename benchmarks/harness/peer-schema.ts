/** The tables that a careful user of knex or SQL would make for the same rows. */
import { randomBytes, scryptSync } from 'node:crypto';
import type { DatabaseKind, SqlDatabase } from './databases.js';

/** By kind of column: its types on SQLite and MariaDB. */
const types: Readonly<Record<string, Readonly<Record<DatabaseKind, string>>>> = {
  id: { sqlite: 'integer primary key', mariadb: 'bigint primary key auto_increment' },
  integer: { sqlite: 'integer', mariadb: 'bigint' },
  real: { sqlite: 'real', mariadb: 'double' },
  name: { sqlite: 'text not null', mariadb: 'varchar(200) not null' },
  text: { sqlite: 'text', mariadb: 'longtext' },
  key: { sqlite: 'text', mariadb: 'varchar(200)' },
};

const tables: Readonly<Record<string, string>> = {
  gym: `id $id, name $name, address $text, detail $text, email $text, longitude $real, latitude $real,
    small_logo $text, big_logo $text, services $text, equipments $text, announcements $text, owner_id $integer,
    created_at $integer, updated_at $integer`,
  country: 'id $id, name $name',
  account: 'id $id, username $name, level $integer, password_hash $text, password_bcrypt $text',
  session: 'id $id, account_id $integer, hash $name, created_at $integer',
  idempotency_key:
    '`key` $name, account_id $integer, fingerprint $name, answer $text, created_at $integer, primary key (account_id, `key`)',
  device: 'id $id, jti $name, revoked $integer',
  game: 'id $id, name $name, config $text',
  games_state: 'revision $integer',
  merchandise: 'id $id, gym_id $integer, name $name, price $integer, currency $name, count $integer, stock $integer',
  transaction_record: `id $id, payer_id $integer, gym_id $integer, merchandise_id $integer, name $name, price $integer,
    currency $name, state $name, order_no $text, prepay_id $text, transaction_id $text, count $integer, start_at $integer,
    expires_at $integer, created_at $integer, updated_at $integer`,
  visit: 'id $id, record_id $integer, visit_key $key, gate_id $integer, created_at $integer',
  transaction_history: 'id $id, record_id $integer, from_state $name, to_state $name, at $integer',
  audit_entry: `id $id, at $integer, account_id $integer, ip $name, request_id $name, action $name, object $name, prev $name,
    hash $name`,
  audit_head: 'id $id, hash $name',
};

const indexes: readonly string[] = [
  'create unique index gym_name on gym (name)',
  'create index gym_latitude on gym (latitude)',
  'create index gym_owner on gym (owner_id)',
  'create unique index account_username on account (username)',
  'create unique index session_hash on session (hash)',
  'create unique index device_jti on device (jti)',
  'create index transaction_payer on transaction_record (payer_id)',
  'create index transaction_gym on transaction_record (gym_id)',
  'create index visit_record on visit (record_id)',
  'create unique index visit_key on visit (visit_key)',
  'create unique index history_step on transaction_history (record_id, from_state)',
  'create index audit_account on audit_entry (account_id)',
];

export async function createPeerTables(database: SqlDatabase): Promise<void> {
  const { kind } = database;
  for (const [table, columns] of Object.entries(tables)) {
    const typed = columns.replaceAll(/\$(\w+)/g, (_, type: string) => types[type]?.[kind] ?? '');
    await database.execute(
      `create table \`${table}\` (${typed})${kind === 'mariadb' ? ' default charset utf8mb4 collate utf8mb4_unicode_520_ci' : ''}`,
    );
  }
  for (const index of indexes) await database.execute(index);
}

export interface PeerFacts {
  readonly usernames: readonly string[];
  readonly password: string;
  /** Of the device that polls. */
  readonly jti: string;
  /** Of the gym whose merchandise is sold. */
  readonly gym: number;
  /** How many things it sells; their ids begin with 1. */
  readonly offers: number;
}

/** bcrypt of `benchmark-only-password`, cost 10: the default of the guides that take it. */
const bcrypted = '$2b$10$fC82AjqxLvNdynmi.Mcpf.10u7iftcqOx2gKuqisi/HG5ZCd1Khw6';

export async function fillPeerFacts(
  database: SqlDatabase,
  { usernames, password, jti, gym, offers }: PeerFacts,
): Promise<void> {
  const salt = randomBytes(16);
  const hash = scryptSync(password, salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 });
  const password_hash = `${salt.toString('hex')}:${hash.toString('hex')}`;
  const accounts = usernames.map((username) => ({ username, level: 0, password_hash, password_bcrypt: bcrypted }));
  await database.insert('account', accounts);
  await database.insert('device', [{ jti, revoked: 0 }]);
  await database.insert('game', [{ name: 'Star Sprint', config: '{"name":"Star Sprint"}' }]);
  await database.insert('games_state', [{ revision: 1 }]);
  await database.insert('audit_head', [{ hash: '' }]);
  const offer = { gym_id: gym, price: 9900, currency: 'EUR', count: 10, stock: null };
  const names = Array.from({ length: offers }, (_, index) => `Ten yoga classes ${index}`);
  await database.insert(
    'merchandise',
    names.map((name) => ({ ...offer, name })),
  );
}
