/** The command line: its commands and variables as facts, and one run of it. */
export type { Variable } from '../environment/variable.js';
export { argumentLine, optionsOf } from './arguments.js';
export type { Command, Terminal } from './command.js';
export { commands } from './commands.js';
export { hostVariables } from './environment.js';
export { runPalestra, type Surroundings } from './run.js';
