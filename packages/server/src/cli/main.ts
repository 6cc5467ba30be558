/** The command `palestra`: one table of commands, the same environment for all. */
import { auditCommand } from './audit.js';
import { backupCommand } from './backup.js';
import { type Command, type CommandContext, createLog, hostOf, UsageError } from './command.js';
import { loadConfigFile } from './config-file.js';
import { doctorCommand } from './doctor.js';
import { hostVariables, readEnvironment, unknownVariables } from './environment.js';
import { keysCommand } from './keys.js';
import { migrateCommand } from './migrate.js';
import { openapiCommand } from './openapi.js';
import { pluginCommand } from './plugin.js';
import { restoreCommand } from './restore.js';
import { serveCommand } from './serve.js';
import { tokenCommand } from './token.js';
import { upgradeCommand } from './upgrade.js';
import { userCommand } from './user.js';

const commands: Readonly<Record<string, Command>> = {
  serve: serveCommand,
  migrate: migrateCommand,
  openapi: openapiCommand,
  user: userCommand,
  token: tokenCommand,
  keys: keysCommand,
  audit: auditCommand,
  backup: backupCommand,
  restore: restoreCommand,
  doctor: doctorCommand,
  plugin: pluginCommand,
  upgrade: upgradeCommand,
};

function usage(): string {
  const width = Math.max(...Object.values(commands).map((command) => command.usage.length));
  const lines = Object.values(commands).map(
    (command) => `  palestra ${command.usage.padEnd(width)}  ${command.summary}`,
  );
  return ['Usage:', ...lines].join('\n');
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help') {
    console.log(usage());
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(`There is no command ${name}.\n${usage()}`);
  const environment = readEnvironment(process.env);
  const file = command.standalone ? { plugins: [] } : await loadConfigFile();
  const context = { environment, file, args, log: createLog(environment), print: (line: string) => console.log(line) };
  if (!command.standalone) warnOfUnknownVariables(context);
  return command.run(context);
}

function warnOfUnknownVariables(context: CommandContext): void {
  const variables = [...Object.values(hostVariables), ...hostOf(context).variables()];
  for (const warning of unknownVariables(context.environment.all, variables)) context.log.warn(warning);
}

/** The chain of causes in one line each; a stack helps nobody who made a mistake in a variable. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n  because: ${explain(error.cause)}`;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(explain(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
