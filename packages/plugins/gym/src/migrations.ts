/** The tables of gyms. */
import type { Migration } from '@palestra/core';
import type { PersonalData } from '@palestra/server/plugin';

export const migrations: readonly Migration[] = [
  {
    name: 'gym',
    createTable: {
      table: 'gym',
      columns: {
        id: { type: 'id' },
        name: { type: 'text', length: 200 },
        name_folded: { type: 'longtext' },
        address: { type: 'text', length: 500, nullable: true },
        address_folded: { type: 'longtext', nullable: true },
        detail: { type: 'longtext', nullable: true },
        detail_folded: { type: 'longtext', nullable: true },
        email: { type: 'text', length: 254, nullable: true },
        email_folded: { type: 'longtext', nullable: true },
        longitude: { type: 'real', nullable: true },
        latitude: { type: 'real', nullable: true },
        geo_location_cell: { type: 'integer', nullable: true },
        small_logo: { type: 'longtext', nullable: true },
        big_logo: { type: 'longtext', nullable: true },
        services: { type: 'json' },
        services_folded: { type: 'longtext' },
        equipments: { type: 'json' },
        equipments_folded: { type: 'longtext' },
        announcements: { type: 'json' },
        owner_id: { type: 'integer', nullable: true },
        // A club's id. Without a foreign key, since a host may have no clubs; the plugin of clubs says when one ends.
        club_id: { type: 'integer', nullable: true },
        created_at: { type: 'integer' },
        updated_at: { type: 'integer' },
      },
      indexes: [
        { name: 'gym_name', columns: ['name'], unique: true },
        { name: 'gym_owner', columns: ['owner_id'] },
        { name: 'gym_club', columns: ['club_id'] },
        { name: 'gym_geo_location', columns: ['geo_location_cell', 'longitude', 'latitude'] },
      ],
      foreignKeys: [{ column: 'owner_id', references: { table: 'account', column: 'id' }, onDelete: 'set null' }],
    },
  },
  {
    name: 'gym_staff',
    createTable: {
      table: 'gym_staff',
      columns: {
        gym_id: { type: 'integer' },
        user_id: { type: 'integer' },
        may_admit: { type: 'integer' },
        may_sell: { type: 'integer' },
        may_manage: { type: 'integer' },
        // 1 if the member was added by the user name, which the gym then knows.
        username_known: { type: 'integer', default: 0 },
        created_at: { type: 'integer' },
      },
      primaryKey: ['gym_id', 'user_id'],
      indexes: [{ name: 'gym_staff_user', columns: ['user_id'] }],
      foreignKeys: [
        { column: 'gym_id', references: { table: 'gym', column: 'id' }, onDelete: 'cascade' },
        { column: 'user_id', references: { table: 'account', column: 'id' }, onDelete: 'cascade' },
      ],
    },
  },
];

/** What gyms know about people: who owns one, and who works there. */
export const personalData: readonly PersonalData[] = [
  { table: 'gym', account: 'owner_id', onDelete: 'forget' },
  { table: 'gym_staff', account: 'user_id', onDelete: 'delete' },
];
