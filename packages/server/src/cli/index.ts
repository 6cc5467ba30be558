/** The command line as facts, for what documents it. */
export type { Variable } from '../environment/variable.js';
export { hostVariables } from './environment.js';
