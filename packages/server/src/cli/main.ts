/** The process of the command `palestra`. A server starts without the code of the other commands. */
import type { Command } from './command.js';
import { runPalestra } from './run.js';

async function commandsFor(name: string | undefined): Promise<readonly Command[]> {
  return name === 'serve' ? [(await import('./commands/serve.js')).serve] : (await import('./commands.js')).commands;
}

const words = process.argv.slice(2);
// The reader of the result may have read enough: `palestra openapi | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await runPalestra(
  words,
  { environment: process.env, folder: process.cwd(), terminal: process },
  await commandsFor(words[0]),
);
