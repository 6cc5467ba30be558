/** What a command is: facts for parsing and help, and what it does. */
import type { Readable, Writable } from 'node:stream';
import type { Logger } from 'pino';
import type { ConfigFile } from './config-file.js';
import type { Environment } from './environment.js';

interface Argument {
  readonly description: string;
  readonly optional?: true;
  /** Takes all that follow; there may be none. */
  readonly many?: true;
}

export interface Option {
  readonly description: string;
  /** What its value is, in the help: `FILE`. Without one the option is a switch. */
  readonly value?: string;
}

type Arguments = Readonly<Record<string, Argument>>;
type Options = Readonly<Record<string, Option>>;

type ArgumentValue<Kind> = Kind extends { many: true }
  ? readonly string[]
  : Kind extends { optional: true }
    ? string | undefined
    : string;
type OptionValue<Kind> = Kind extends { value: string } ? string | undefined : boolean;

/** What was given, by the names of the table. */
type InputOf<Args, Opts> = { readonly [Name in keyof Args]: ArgumentValue<Args[Name]> } & {
  readonly [Name in keyof Opts]: OptionValue<Opts[Name]>;
};

export interface Facts {
  /** `user add`: one word, or a group and a verb. */
  readonly name: string;
  /** A short sentence without a full stop, for the list of commands. */
  readonly summary: string;
  /** What else its own help says. */
  readonly details?: string;
  /** In order; one that is optional or takes many comes last. */
  readonly arguments?: Arguments;
  readonly options?: Options;
  /** Its result is data, printed as JSON with `--json`. */
  readonly json?: true;
  /** Needs no host: no `palestra.config.js` is read. */
  readonly standalone?: true;
}

export interface Command extends Facts {
  /** The exit code, 0 where it returns none; `serve` ends when the server does. */
  run(context: CommandContext, input: Readonly<Record<string, unknown>>): Promise<number | undefined>;
}

export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

export interface CommandContext {
  readonly environment: Environment;
  readonly file: ConfigFile;
  /** To stderr, as JSON lines: stdout is a command's result. */
  readonly log: Logger;
  /** Paths among the arguments are relative to it. */
  readonly folder: string;
  readonly terminal: Terminal;
  /** A line of the result. */
  print(line: string): void;
  /** A line on standard error, which is not part of the result. */
  notice(line: string): void;
  /** The result: `data` as JSON where `--json` asks for it, else these lines. */
  report(data: unknown, lines: readonly string[]): void;
}

interface Spec<Args extends Arguments, Opts extends Options> extends Facts {
  readonly arguments?: Args;
  readonly options?: Opts;
  run(context: CommandContext, input: InputOf<Args, Opts>): Promise<number | undefined>;
}

type None = Readonly<Record<never, never>>;

/** A command whose input has the types of its table. */
export function command<const Args extends Arguments = None, const Opts extends Options = None>(
  spec: Spec<Args, Opts>,
): Command {
  return { ...spec, run: (context, input) => spec.run(context, input as InputOf<Args, Opts>) };
}
