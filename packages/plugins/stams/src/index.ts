/** STAMS: their registration, their operators, the games they play and the results they send. */
import { accountsService, clubService, need } from '@palestra/core';
import type { Plugin } from '@palestra/server/plugin';
import { configSchema } from './config.js';
import { contract } from './contract.generated.js';
import { demo } from './demo.js';
import { collections, migrations, personalData } from './migrations.js';
import { type StamsTypes, setUp } from './set-up.js';
import { version } from './version.generated.js';

export type { StamsConfig } from './config.js';
export type { StamsServices, StamsTypes } from './set-up.js';

export const stams: Plugin<StamsTypes> = {
  name: 'stams',
  version,
  host: '^1.0.0',
  contract,
  config: configSchema,
  requires: { accounts: need(accountsService), clubs: need(clubService) },
  migrations,
  personalData,
  collections,
  demo,
  setup: setUp,
};
