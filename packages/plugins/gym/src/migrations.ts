/** The tables of gyms. */
import type { Migration } from '@palestra/core';

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
        small_logo: { type: 'longtext', nullable: true },
        big_logo: { type: 'longtext', nullable: true },
        services: { type: 'json' },
        services_folded: { type: 'longtext' },
        equipments: { type: 'json' },
        equipments_folded: { type: 'longtext' },
        announcements: { type: 'json' },
        owner_id: { type: 'integer', nullable: true },
        created_at: { type: 'integer' },
        updated_at: { type: 'integer' },
      },
      indexes: [
        { name: 'gym_name', columns: ['name'], unique: true },
        { name: 'gym_owner', columns: ['owner_id'] },
        { name: 'gym_geo_location', columns: ['latitude'] },
      ],
      foreignKeys: [{ column: 'owner_id', references: { table: 'account', column: 'id' }, onDelete: 'set null' }],
    },
  },
];
