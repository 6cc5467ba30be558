/** Runs one command: what `palestra …` does, without the process around it. */
import { type Logger, pino } from 'pino';
import { didYouMean } from '../environment/did-you-mean.js';
import type { ProcessEnvironment } from '../environment/variable.js';
import { variablesWith } from '../host/create.js';
import { version } from '../version.generated.js';
import { parseCall } from './arguments.js';
import type { Command, CommandContext, Terminal } from './command.js';
import { loadConfigFile } from './config-file.js';
import { type Environment, hostVariables, readEnvironment, unknownVariables } from './environment.js';
import { UsageError } from './errors.js';
import { explain } from './explain.js';
import { commandUsage, listUsage } from './usage.js';

export interface Surroundings {
  readonly environment: ProcessEnvironment;
  /** Where `palestra.config.js` is, and what paths are relative to. */
  readonly folder: string;
  readonly terminal: Terminal;
}

/** The exit code: 0, 1 for a failure, 2 for a mistake in the call. Nothing is thrown. */
export async function runPalestra(
  words: readonly string[],
  surroundings: Surroundings,
  commands: readonly Command[],
): Promise<number> {
  const { stdout, stderr } = surroundings.terminal;
  const say = (text: string) => stdout.write(`${text}\n`);
  let environment: Environment | undefined;
  try {
    const chosen = choose(words, commands);
    if ('text' in chosen) {
      say(chosen.text);
      return 0;
    }
    const { command, input, json } = chosen;
    environment = readEnvironment(surroundings.environment);
    const context = await contextOf(command, json, environment, surroundings);
    if (!command.standalone) warnOfUnknownVariables(context);
    return (await command.run(context, input)) ?? 0;
  } catch (error) {
    stderr.write(`${explain(error, environment)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

type Chosen =
  | { readonly text: string }
  | { readonly command: Command; readonly input: Readonly<Record<string, unknown>>; readonly json: boolean };

/** @throws UsageError for what is not a command, or a call that does not fit its table */
function choose(words: readonly string[], commands: readonly Command[]): Chosen {
  const [first = '', second = ''] = words;
  if (first === '--version') return { text: version };
  if (first === 'help' || first === '--help') return { text: listUsage(commands) };
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  const command =
    commands.find(({ name }) => name === first) ?? group.find(({ name }) => name === `${first} ${second}`);
  if (command) {
    const { help, ...call } = called(command, words.slice(command.name.split(' ').length));
    return help ? { text: commandUsage(command) } : { command, ...call };
  }
  if (group.length === 0) {
    if (first === '') throw new UsageError(listUsage(commands));
    const names = commands.map(({ name }) => name.split(' ')[0] ?? '');
    const fault = first.startsWith('-') ? `Unknown option ${first}.` : `There is no command ${first}.`;
    throw new UsageError(`${fault}${didYouMean(first, names)}\n\`palestra --help\` lists the commands.`);
  }
  if (second === '--help') return { text: listUsage(group, first) };
  const verbs = group.map(({ name }) => name.slice(first.length + 1));
  const fault = second === '' ? [] : [`There is no command ${first} ${second}.${didYouMean(second, verbs)}`];
  throw new UsageError([...fault, listUsage(group, first)].join('\n'));
}

function called(command: Command, words: readonly string[]) {
  try {
    return parseCall(command, words);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}\n\`palestra ${command.name} --help\` shows how to call it.`);
  }
}

async function contextOf(
  { standalone }: Command,
  json: boolean,
  environment: Environment,
  { folder, terminal }: Surroundings,
): Promise<CommandContext> {
  const print = (line: string) => void terminal.stdout.write(`${line}\n`);
  return {
    environment,
    file: standalone ? { plugins: [] } : await loadConfigFile(folder),
    log: createLog(environment, terminal),
    folder,
    terminal,
    print,
    notice: (line) => void terminal.stderr.write(`${line}\n`),
    report: (data, lines) => print(json ? JSON.stringify(data, null, 2) : lines.join('\n')),
  };
}

/** Written at once, so that a process that ends abruptly has said why. */
function createLog({ logLevel }: Environment, { stderr }: Terminal): Logger {
  return pino({ level: logLevel, base: null }, stderr === process.stderr ? pino.destination(2) : stderr);
}

function warnOfUnknownVariables(context: CommandContext): void {
  const variables = [...Object.values(hostVariables), ...variablesWith(context.file)];
  for (const warning of unknownVariables(context.environment.all, variables)) context.log.warn(warning);
}
