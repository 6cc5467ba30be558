/** The process of the command `palestra`. */
import { runPalestra } from './run.js';

process.exitCode = await runPalestra(process.argv.slice(2), {
  environment: process.env,
  folder: process.cwd(),
  terminal: process,
});
