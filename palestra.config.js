/** The host that `npm start` and `npx palestra …` run here: the built-in plugins, configured by the environment. */
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';

export const plugins = [gym, merchandise];
