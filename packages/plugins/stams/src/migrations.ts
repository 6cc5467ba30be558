/** The tables of STAMS, of their games, and of the results they send. */
import type { Migration } from '@palestra/core';
import type { Collection, PersonalData } from '@palestra/server/plugin';

const toStams = { column: 'stams_id', references: { table: 'stams', column: 'id' }, onDelete: 'cascade' } as const;

export const migrations: readonly Migration[] = [
  {
    name: 'stams',
    createTable: {
      table: 'stams',
      columns: {
        id: { type: 'id' },
        provisioning_uid: { type: 'text', length: 128 },
        display_name: { type: 'text', length: 200 },
        operator_id: { type: 'integer', nullable: true },
        public_key: { type: 'longtext', nullable: true },
        // `jti` of its token; null while it has none.
        token_id: { type: 'ascii', length: 36, nullable: true },
        provisioned_at: { type: 'integer' },
      },
      indexes: [
        { name: 'stams_provisioning_uid', columns: ['provisioning_uid'], unique: true },
        { name: 'stams_operator', columns: ['operator_id'] },
        { name: 'stams_provisioned', columns: ['provisioned_at'] },
      ],
      foreignKeys: [{ column: 'operator_id', references: { table: 'operator', column: 'id' }, onDelete: 'set null' }],
    },
  },
  {
    // Beside `stams`, so that a poll never waits for, or delays, what people do with a STAMS.
    name: 'stams_status',
    createTable: {
      table: 'stams_status',
      columns: {
        stams_id: { type: 'integer' },
        last_seen_at: { type: 'integer', nullable: true },
        status: { type: 'json', nullable: true },
        /** When `status` was received. */
        status_at: { type: 'integer', nullable: true },
        boot_id: { type: 'ascii', length: 64, nullable: true },
        /** Number of its latest boot. */
        boots: { type: 'integer', default: 0 },
        cloned_at: { type: 'integer', nullable: true },
      },
      primaryKey: ['stams_id'],
      foreignKeys: [toStams],
    },
  },
  {
    name: 'stams_boot',
    createTable: {
      table: 'stams_boot',
      columns: {
        stams_id: { type: 'integer' },
        boot_id: { type: 'ascii', length: 64 },
        number: { type: 'integer' },
      },
      primaryKey: ['stams_id', 'boot_id'],
      foreignKeys: [toStams],
    },
  },
  {
    name: 'stams_registration',
    createTable: {
      table: 'stams_registration',
      columns: { id: { type: 'integer' }, turns: { type: 'integer' } },
      primaryKey: ['id'],
    },
  },
  {
    name: 'stams_registration_row',
    statement: {
      sqlite: 'INSERT OR IGNORE INTO `stams_registration` (`id`, `turns`) VALUES (1, 0)',
      mysql: 'INSERT IGNORE INTO `stams_registration` (`id`, `turns`) VALUES (1, 0)',
    },
  },
  {
    name: 'game',
    createTable: {
      table: 'game',
      columns: { id: { type: 'id' }, name: { type: 'text', length: 200 }, config: { type: 'json' } },
      indexes: [{ name: 'game_name', columns: ['name'], unique: true }],
    },
  },
  {
    name: 'game_catalogue',
    createTable: {
      table: 'game_catalogue',
      columns: { id: { type: 'integer' }, revision: { type: 'integer' } },
      primaryKey: ['id'],
    },
  },
  {
    name: 'game_catalogue_row',
    statement: {
      sqlite: 'INSERT OR IGNORE INTO `game_catalogue` (`id`, `revision`) VALUES (1, 0)',
      mysql: 'INSERT IGNORE INTO `game_catalogue` (`id`, `revision`) VALUES (1, 0)',
    },
  },
  {
    name: 'stams_result',
    createTable: {
      table: 'stams_result',
      columns: {
        id: { type: 'id' },
        stams_id: { type: 'integer' },
        result_uid: { type: 'ascii', length: 64 },
        // Whose it was when the result came: a later operator does not see it.
        operator_id: { type: 'integer', nullable: true },
        /** Account that played, if the STAMS named one. */
        player_id: { type: 'integer', nullable: true },
        received_at: { type: 'integer' },
        result: { type: 'json' },
      },
      indexes: [
        { name: 'stams_result_once', columns: ['stams_id', 'result_uid'], unique: true },
        { name: 'stams_result_operator', columns: ['stams_id', 'operator_id'] },
        { name: 'stams_result_club', columns: ['operator_id'] },
        { name: 'stams_result_player', columns: ['player_id'] },
      ],
      foreignKeys: [
        toStams,
        { column: 'player_id', references: { table: 'account', column: 'id' }, onDelete: 'set null' },
      ],
    },
  },
];

export const personalData: readonly PersonalData[] = [
  { table: 'stams_result', account: 'player_id', onDelete: 'forget' },
];

/** A STAMS goes with its status, boots and results. */
export const collections: readonly Collection[] = [{ table: 'stams' }];
