/** Help texts, made of the table of commands; no line is longer than 80 columns. */
import { argumentLine, optionsOf, shownName } from './arguments.js';
import type { Command } from './command.js';

const columns = 80;

/** The list of `commands`, all or those of one group. */
export function listUsage(commands: readonly Command[], group?: string): string {
  const rows = commands.map((each) => [`palestra ${each.name} ${argumentLine(each)}`.trimEnd(), each.summary] as const);
  return [
    `Usage: palestra ${group === undefined ? 'COMMAND' : `${group} VERB`} [ARGUMENTS] [OPTIONS]`,
    '',
    ...table(rows),
    '',
    ...wrapped('`palestra COMMAND --help` describes a command, `palestra --version` prints the version.'),
    ...wrapped('Settings are environment variables: `palestra doctor` lists them with their values.'),
  ].join('\n');
}

export function commandUsage(command: Command): string {
  const { name, summary, details, arguments: args = {} } = command;
  const options = Object.entries(optionsOf(command)).map(
    ([option, { value, description }]) => [`--${option}${value ? ` ${value}` : ''}`, description] as const,
  );
  const named = Object.entries(args).map(([argument, { description }]) => [shownName(argument), description] as const);
  return [
    `Usage: ${`palestra ${name} ${argumentLine(command)}`.trimEnd()} [OPTIONS]`,
    '',
    ...wrapped(`${summary}.${details === undefined ? '' : ` ${details}`}`),
    '',
    ...table([...named, ...options]),
  ].join('\n');
}

/** Two columns; where the first one is wide, the second begins on a line of its own. */
function table(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.min(30, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const [first = '', ...more] = wrapped(right, columns - width - 4);
    const indented = (text: string) => `${' '.repeat(width + 4)}${text}`;
    const head = left.length > width ? [`  ${left}`, indented(first)] : [`  ${left.padEnd(width)}  ${first}`];
    return [...head, ...more.map(indented)];
  });
}

/** Lines of at most `width`, broken between words. */
function wrapped(text: string, width: number = columns): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
