/** The host that `npm start` and `npx palestra …` run here: the built-in plugins, configured by the environment. */
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { stams } from '@palestra/plugin-stams';
import { team } from '@palestra/plugin-team';
import { transaction } from '@palestra/plugin-transaction';

export const plugins = [gym, merchandise, transaction, team, stams];

/** Limits are for the world outside; tests and benchmarks switch them off. */
export const config = process.env.PALESTRA_RATE_LIMIT === 'off' ? { stams: { registrationsPerHour: 0 } } : {};
