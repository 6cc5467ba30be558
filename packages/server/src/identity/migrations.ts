/** The tables of identity. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: 'account',
    createTable: {
      table: 'account',
      columns: {
        id: { type: 'id' },
        username: { type: 'text', length: 254 },
        username_folded: { type: 'text', length: 1016 },
        email: { type: 'text', length: 254, nullable: true },
        email_folded: { type: 'text', length: 1016, nullable: true },
        email_verified: { type: 'integer', default: 0 },
        // The address that `email` becomes once a code sent there has come back.
        pending_email: { type: 'text', length: 254, nullable: true },
        first_name: { type: 'text', length: 100, nullable: true },
        first_name_folded: { type: 'text', length: 1800, nullable: true },
        last_name: { type: 'text', length: 100, nullable: true },
        last_name_folded: { type: 'text', length: 1800, nullable: true },
        address: { type: 'text', length: 500, nullable: true },
        address_folded: { type: 'longtext', nullable: true },
        password_hash: { type: 'ascii', length: 512, nullable: true },
        role: { type: 'ascii', length: 32 },
        // What was granted; the role is higher while a position, such as a coach's, needs it.
        granted_role: { type: 'ascii', length: 32 },
        share_email: { type: 'integer', default: 0 },
        share_address: { type: 'integer', default: 0 },
        disabled: { type: 'integer', default: 0 },
        token_version: { type: 'integer', default: 0 },
        // Where an import brought the account; its password may still be wrapped.
        imported_at: { type: 'integer', nullable: true },
        // Of a wrapped SHA-crypt hash: what every refused sign-in then spends, so that time does not tell whose it is.
        legacy_rounds: { type: 'integer', nullable: true },
        created_at: { type: 'integer' },
        updated_at: { type: 'integer' },
      },
      indexes: [
        { name: 'account_username', columns: ['username'] },
        { name: 'account_email', columns: ['email'] },
        { name: 'account_role', columns: ['role'] },
        { name: 'account_legacy_rounds', columns: ['legacy_rounds'] },
      ],
    },
  },
  {
    // User names and emails share one namespace, so that either signs in and neither can pose as the other.
    name: 'account_name',
    createTable: {
      table: 'account_name',
      columns: {
        name_key: { type: 'text', length: 762 },
        account_id: { type: 'integer' },
        kind: { type: 'ascii', length: 16 },
      },
      primaryKey: ['name_key'],
      indexes: [{ name: 'account_name_account', columns: ['account_id'] }],
      foreignKeys: [{ column: 'account_id', references: { table: 'account', column: 'id' }, onDelete: 'cascade' }],
      checks: { account_name_kind: "kind in ('username', 'email')" },
    },
  },
  {
    name: 'refresh_token',
    createTable: {
      table: 'refresh_token',
      columns: {
        hash: { type: 'ascii', length: 43 },
        account_id: { type: 'integer' },
        family: { type: 'ascii', length: 22 },
        generation: { type: 'integer' },
        parent: { type: 'ascii', length: 43, nullable: true },
        issued_at: { type: 'integer' },
        used_at: { type: 'integer', nullable: true },
        revoked_at: { type: 'integer', nullable: true },
        expires_at: { type: 'integer' },
        family_expires_at: { type: 'integer' },
      },
      primaryKey: ['hash'],
      indexes: [
        { name: 'refresh_token_family', columns: ['family', 'generation'], unique: true },
        { name: 'refresh_token_account', columns: ['account_id'] },
        { name: 'refresh_token_expiry', columns: ['family_expires_at'] },
      ],
      foreignKeys: [{ column: 'account_id', references: { table: 'account', column: 'id' }, onDelete: 'cascade' }],
    },
  },
  {
    name: 'session',
    createTable: {
      table: 'session',
      columns: {
        /** The family of its refresh tokens, and the `sid` of its access tokens. */
        id: { type: 'ascii', length: 22 },
        account_id: { type: 'integer' },
        agent: { type: 'text', length: 200, nullable: true },
        /** Where it was signed in from. */
        ip: { type: 'ascii', length: 64 },
        created_at: { type: 'integer' },
        last_used_at: { type: 'integer' },
        expires_at: { type: 'integer' },
        ended_at: { type: 'integer', nullable: true },
      },
      primaryKey: ['id'],
      indexes: [
        { name: 'session_account', columns: ['account_id'] },
        { name: 'session_expiry', columns: ['expires_at'] },
      ],
      foreignKeys: [{ column: 'account_id', references: { table: 'account', column: 'id' }, onDelete: 'cascade' }],
    },
  },
  {
    name: 'sealed_use',
    createTable: {
      table: 'sealed_use',
      columns: { id: { type: 'ascii', length: 43 }, expires_at: { type: 'integer' } },
      primaryKey: ['id'],
      indexes: [{ name: 'sealed_use_expiry', columns: ['expires_at'] }],
    },
  },
  {
    name: 'machine_token',
    createTable: {
      table: 'machine_token',
      columns: {
        id: { type: 'ascii', length: 36 },
        scope: { type: 'ascii', length: 32 },
        subject: { type: 'text', length: 254 },
        issued_at: { type: 'integer' },
        revoked_at: { type: 'integer', nullable: true },
      },
      primaryKey: ['id'],
      indexes: [{ name: 'machine_token_subject', columns: ['scope', 'subject'] }],
    },
  },
  {
    // What happens once in the life of a database, however many instances start on it.
    name: 'identity_event',
    createTable: {
      table: 'identity_event',
      columns: { name: { type: 'ascii', length: 64 }, happened_at: { type: 'integer' } },
      primaryKey: ['name'],
    },
  },
  {
    name: 'host_account',
    createTable: {
      table: 'host_account',
      columns: { subject: { type: 'text', length: 190 }, account_id: { type: 'integer', nullable: true } },
      primaryKey: ['subject'],
      indexes: [{ name: 'host_account_account', columns: ['account_id'] }],
      foreignKeys: [{ column: 'account_id', references: { table: 'account', column: 'id' }, onDelete: 'cascade' }],
    },
  },
  {
    // One row that every change of a role writes, so that no two happen at once.
    name: 'privilege_turn',
    createTable: {
      table: 'privilege_turn',
      columns: { id: { type: 'integer' }, changes: { type: 'integer' } },
      primaryKey: ['id'],
    },
  },
  {
    // Which keys the instances of this database have; see `recorded-keys.ts`.
    name: 'active_key',
    createTable: {
      table: 'active_key',
      columns: { purpose: { type: 'ascii', length: 32 }, kid: { type: 'ascii', length: 43 } },
      primaryKey: ['purpose'],
    },
  },
  {
    name: 'wechat_account',
    createTable: {
      table: 'wechat_account',
      columns: {
        app_id: { type: 'ascii', length: 64 },
        openid: { type: 'ascii', length: 128 },
        account_id: { type: 'integer' },
      },
      primaryKey: ['app_id', 'openid'],
      indexes: [{ name: 'wechat_account_account', columns: ['account_id'] }],
      foreignKeys: [{ column: 'account_id', references: { table: 'account', column: 'id' }, onDelete: 'cascade' }],
    },
  },
  {
    // One person over all apps of one WeChat Open Platform account.
    name: 'wechat_person',
    createTable: {
      table: 'wechat_person',
      columns: { unionid: { type: 'ascii', length: 128 }, account_id: { type: 'integer' } },
      primaryKey: ['unionid'],
      indexes: [{ name: 'wechat_person_account', columns: ['account_id'] }],
      foreignKeys: [{ column: 'account_id', references: { table: 'account', column: 'id' }, onDelete: 'cascade' }],
    },
  },
  {
    name: 'forgotten_name',
    createTable: {
      table: 'forgotten_name',
      // HMAC-SHA256 of the name; see `forgotten-names.ts`.
      columns: { hash: { type: 'ascii', length: 64 } },
      primaryKey: ['hash'],
    },
  },
  {
    // By the time of it a restore knows a backup of this database from one of another.
    name: 'identity_event_database_made',
    compatibleSince: '0.0.0',
    statement: {
      sqlite:
        "INSERT OR IGNORE INTO `identity_event` (`name`, `happened_at`) VALUES ('database_made', CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER))",
      mysql:
        "INSERT IGNORE INTO `identity_event` (`name`, `happened_at`) VALUES ('database_made', CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED))",
    },
  },
];
