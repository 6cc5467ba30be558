/** What the conformance kit takes, and what it says. */
import type { MachineScope, Role } from '@palestra/core';
import type { Palestra } from '../host/options.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import type { TestDatabase } from '../testing/databases.js';

/** Bodies of earlier answers, by the name of their fixture; `data` of the envelope is at `.data`. */
// biome-ignore lint/suspicious/noExplicitAny: an author reads what their own operations answer
export type Answers = Readonly<Record<string, any>>;

/** Account ids of those who send, by their role at the beginning. */
export type AccountIds = Readonly<Record<Exclude<Role, 'guest'>, number>>;

/** A value, or a function that makes it of earlier answers. */
export type Given<Value> = Value | ((answers: Answers, people: AccountIds) => Value);

type Texts = Readonly<Record<string, string | number | boolean>>;

/** One request that must succeed, in the order of the list. */
export interface Fixture {
  /** `operationId`; also of the host or a companion, for what must exist first. */
  readonly operation: string;
  /** Of the path. */
  readonly params?: Given<Texts>;
  readonly query?: Given<Texts>;
  /** Sent as JSON. */
  readonly body?: Given<object>;
  readonly headers?: Given<Readonly<Record<string, string>>>;
  /** Who sends it; by default an account with the lowest privilege that may. */
  readonly as?: Role | MachineScope;
  /** A token that an earlier answer gave, instead of `as`. */
  readonly token?: (answers: Answers) => string;
  /** Any success by default. */
  readonly status?: number;
  /** Under which later fixtures find the answer; by default the operation. */
  readonly name?: string;
}

/** What the kit reads of a client part: `ClientPlugin` of `@palestra/client` is one. */
export interface ClientPart {
  readonly name?: string;
  readonly operations?: Readonly<Record<string, unknown>>;
}

export interface ConformOptions {
  /** As `PalestraOptions.config` has it for this plugin. */
  readonly config?: unknown;
  /** Requests that show every operation succeed; without them the answers are not checked. */
  readonly fixtures?: readonly Fixture[];
  /** Other plugins that this one requires services of. */
  readonly companions?: readonly AnyPlugin[];
  /** Configuration of the companions, by name. */
  readonly companionConfig?: Readonly<Record<string, unknown>>;
  readonly client?: ClientPart;
  /** Where migrations are tried; by default on every database that is installed. */
  readonly databases?: readonly TestDatabase['name'][];
  /** Names of checks, as the report has them: the others are not made, as far as these do not need them. */
  readonly only?: readonly string[];
  /** Milliseconds a stop may take; by default 5,000, half of what a host waits. */
  readonly stopWithinMs?: number;
}

export type Outcome = 'pass' | 'fail' | 'skip';

export interface CheckResult {
  readonly check: string;
  readonly outcome: Outcome;
  /** What is at fault, or why it was skipped. */
  readonly details: readonly string[];
}

export interface ConformanceReport {
  readonly plugin: string;
  readonly results: readonly CheckResult[];
  /** No check failed. */
  readonly ok: boolean;
}

export interface Subject extends ConformOptions {
  readonly plugin: AnyPlugin;
  /**
   * A host with the plugin and its companions, never started: what composes and orders without a database.
   * @param config of the plugin, by default the one given
   * @throws Error if the host refuses it
   */
  compose(config?: unknown): Palestra;
}

/** Faults, none of them for a pass; or why there is nothing to say. */
export type Verdict = readonly string[] | { readonly skip: string };

export type Verdicts = readonly (readonly [check: string, verdict: Verdict])[];

/** One request, as it is sent. */
export interface RawRequest {
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization?: string | undefined;
  /** As bytes, or JSON. */
  readonly text?: string | undefined;
  readonly body?: unknown;
}
