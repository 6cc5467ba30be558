/** The tables of clubs, coaches and teams, and of the places and leagues that they name. */
import type { Migration } from '@palestra/core';
import type { PersonalData } from '@palestra/server/plugin';

export const migrations: readonly Migration[] = [
  {
    name: 'country',
    createTable: {
      table: 'country',
      columns: { id: { type: 'id' }, name: { type: 'text', length: 200 } },
      indexes: [{ name: 'country_name', columns: ['name'], unique: true }],
    },
  },
  {
    name: 'city',
    createTable: {
      table: 'city',
      columns: { id: { type: 'id' }, name: { type: 'text', length: 200 }, country_id: { type: 'integer' } },
      indexes: [{ name: 'city_country_id_name', columns: ['country_id', 'name'], unique: true }],
      foreignKeys: [{ column: 'country_id', references: { table: 'country', column: 'id' }, onDelete: 'restrict' }],
    },
  },
  {
    name: 'league',
    createTable: {
      table: 'league',
      columns: {
        id: { type: 'id' },
        name: { type: 'text', length: 200 },
        country_id: { type: 'integer', nullable: true },
      },
      indexes: [
        { name: 'league_name', columns: ['name'], unique: true },
        { name: 'league_country_id', columns: ['country_id'] },
      ],
      foreignKeys: [{ column: 'country_id', references: { table: 'country', column: 'id' }, onDelete: 'restrict' }],
    },
  },
  {
    name: 'operator',
    createTable: {
      table: 'operator',
      columns: {
        id: { type: 'id' },
        user_id: { type: 'integer' },
        club_name: { type: 'text', length: 200 },
        address: { type: 'text', length: 200 },
        country_id: { type: 'integer' },
        city_id: { type: 'integer' },
        league_id: { type: 'integer' },
      },
      indexes: [
        { name: 'operator_user_id_club_name', columns: ['user_id', 'club_name'], unique: true },
        { name: 'operator_country_id', columns: ['country_id'] },
        { name: 'operator_city_id', columns: ['city_id'] },
        { name: 'operator_league_id', columns: ['league_id'] },
      ],
      foreignKeys: [
        { column: 'user_id', references: { table: 'account', column: 'id' }, onDelete: 'restrict' },
        { column: 'country_id', references: { table: 'country', column: 'id' }, onDelete: 'restrict' },
        { column: 'city_id', references: { table: 'city', column: 'id' }, onDelete: 'restrict' },
        { column: 'league_id', references: { table: 'league', column: 'id' }, onDelete: 'restrict' },
      ],
    },
  },
  {
    name: 'coach',
    createTable: {
      table: 'coach',
      columns: { id: { type: 'id' }, user_id: { type: 'integer' }, operator_id: { type: 'integer' } },
      indexes: [
        { name: 'coach_user_id_club_id', columns: ['user_id', 'operator_id'], unique: true },
        { name: 'coach_club_id', columns: ['operator_id'] },
      ],
      foreignKeys: [
        { column: 'user_id', references: { table: 'account', column: 'id' }, onDelete: 'restrict' },
        { column: 'operator_id', references: { table: 'operator', column: 'id' }, onDelete: 'restrict' },
      ],
    },
  },
  {
    name: 'team',
    createTable: {
      table: 'team',
      columns: {
        id: { type: 'id' },
        coach_id: { type: 'integer' },
        operator_id: { type: 'integer' },
        team_name: { type: 'text', length: 200 },
      },
      indexes: [
        { name: 'team_coach_id', columns: ['coach_id'] },
        { name: 'team_operator_id', columns: ['operator_id'] },
      ],
      foreignKeys: [
        { column: 'coach_id', references: { table: 'coach', column: 'id' }, onDelete: 'restrict' },
        { column: 'operator_id', references: { table: 'operator', column: 'id' }, onDelete: 'restrict' },
      ],
    },
  },
  {
    name: 'team_player',
    createTable: {
      table: 'team_player',
      columns: {
        team_id: { type: 'integer' },
        user_id: { type: 'integer' },
        // 1 if the player was found by the email, which the coach then knows.
        email_known: { type: 'integer', default: 0 },
      },
      primaryKey: ['team_id', 'user_id'],
      indexes: [{ name: 'team_player_user', columns: ['user_id'] }],
      foreignKeys: [
        { column: 'team_id', references: { table: 'team', column: 'id' }, onDelete: 'cascade' },
        { column: 'user_id', references: { table: 'account', column: 'id' }, onDelete: 'cascade' },
      ],
    },
  },
];

/** What clubs know about people. A club, and the teams of a coach, go on without the name of who ran them. */
export const personalData: readonly PersonalData[] = [
  { table: 'operator', account: 'user_id', onDelete: 'keep' },
  { table: 'coach', account: 'user_id', onDelete: 'keep' },
  { table: 'team_player', account: 'user_id', onDelete: 'delete' },
];
