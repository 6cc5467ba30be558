/** Reads what a command was called with: every word and option must be in its table. */
import { parseArgs } from 'node:util';
import { didYouMean } from '../environment/did-you-mean.js';
import type { Facts, Option } from './command.js';
import { hostVariables } from './environment.js';
import { UsageError } from './errors.js';

export interface Call {
  readonly input: Readonly<Record<string, unknown>>;
  readonly json: boolean;
  readonly help: boolean;
}

const everywhere: Readonly<Record<string, Option>> = { help: { description: 'Show this text' } };
const asJson: Readonly<Record<string, Option>> = { json: { description: 'Print the result as JSON' } };

/** The options of a command, those that it shares with others last. */
export function optionsOf({ options = {}, json }: Facts): Readonly<Record<string, Option>> {
  return { ...options, ...(json && asJson), ...everywhere };
}

/** @throws UsageError naming the option that is unknown or lacks its value, or the argument that is missing */
export function parseCall(facts: Facts, words: readonly string[]): Call {
  const { given, positionals } = readOptions(facts, words);
  const { json = false, help = false, ...options } = given;
  if (help) return { input: {}, json: false, help: true };
  return { input: { ...options, ...readArguments(facts, positionals) }, json: Boolean(json), help: false };
}

/** The name of an argument in texts: `TOKEN_OR_JTI`. */
export function shownName(name: string): string {
  return name.replace(/(?=[A-Z])/g, '_').toUpperCase();
}

/** How the arguments of a command are written: `NAME [ROLE]`. */
export function argumentLine({ arguments: table = {} }: Facts): string {
  return Object.entries(table)
    .map(([name, { optional, many }]) =>
      many ? `[${shownName(name)}…]` : optional ? `[${shownName(name)}]` : shownName(name),
    )
    .join(' ');
}

interface Read {
  readonly given: Record<string, string | boolean>;
  readonly positionals: readonly string[];
}

function readOptions(facts: Facts, words: readonly string[]): Read {
  const known = optionsOf(facts);
  const types = Object.entries(known).map(
    ([name, { value }]) => [name, { type: value ? 'string' : 'boolean' }] as const,
  );
  const { tokens } = parseArgs({
    args: words.map((word) => (looksLikeId(word) ? `${idMark}${word}` : word)),
    options: Object.fromEntries(types),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const switches = Object.entries(known).filter(([, { value }]) => value === undefined);
  const given: Record<string, string | boolean> = Object.fromEntries(switches.map(([name]) => [name, false]));
  for (const token of tokens) {
    if (token.kind === 'option') given[token.name] = optionValue(known, token);
  }
  const positionals = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value.replace(idMark, '')] : []));
  return { given, positionals };
}

const idMark = '\0';

/** One key in 64 has a name that begins with a dash: base64url, with what the name of no option has. */
function looksLikeId(word: string): boolean {
  return /^-[\w-]{19,}$/.test(word) && /[A-Z0-9]/.test(word);
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function optionValue(known: Readonly<Record<string, Option>>, { name, rawName, value, inlineValue }: OptionToken) {
  const option = Object.hasOwn(known, name) && rawName === `--${name}` ? known[name] : undefined;
  if (!option) throw new UsageError(`Unknown option ${rawName}.${hint(rawName, Object.keys(known))}`);
  if (option.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value.`);
    return true;
  }
  const isOption = value?.startsWith('-') && !inlineValue;
  if (value === undefined || value === '' || isOption)
    throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}.`);
  return value.replace(idMark, '');
}

/** Settings of the server are variables: who tries `--port` is told so. */
function hint(rawName: string, known: readonly string[]): string {
  const name = rawName.replace(/^-+/, '');
  const variable = name.toUpperCase().replaceAll('-', '_');
  const setting = Object.values(hostVariables).find((each) => [variable, `PALESTRA_${variable}`].includes(each.name));
  if (setting) return ` Set the environment variable ${setting.name} instead.`;
  return didYouMean(
    rawName,
    known.map((each) => `--${each}`),
  );
}

function readArguments(facts: Facts, positionals: readonly string[]): Record<string, unknown> {
  const table = Object.entries(facts.arguments ?? {});
  const rest = [...positionals];
  const values = table.map(([name, { optional, many }]) => {
    if (many) return [name, rest.splice(0)];
    const value = rest.shift();
    if (value === undefined && !optional) throw new UsageError(`${shownName(name)} is missing.`);
    return [name, value];
  });
  // The words stay out of the message: one of them may be a password.
  if (rest.length > 0) {
    const line = argumentLine(facts);
    throw new UsageError(`Too many arguments: palestra ${facts.name} takes ${line === '' ? 'none' : line}.`);
  }
  return Object.fromEntries(values);
}
