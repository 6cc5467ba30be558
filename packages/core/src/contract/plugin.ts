/** The plugin contract: what a domain hands to the host. Built-in and third-party plugins have the same shape. */
import type { ErrorFact } from '../errors.js';
import type { DemoHost } from './demo.js';
import type { ContractFragment, Schema } from './document.js';
import type { EventRef, Subscription } from './event.js';
import type { Importer } from './import.js';
import type { Migration } from './migration.js';
import type { Call, Handlers } from './operation.js';
import type { Need, ServiceRef } from './service-ref.js';

/** The version of this contract; at boot a plugin's `host` range must include it. */
export const hostVersion = '1.0.0';

/** The types a plugin is made of, named instead of positional; leave out what it does not have. */
export interface PluginTypes {
  /** `operations` of the generated types. */
  operations: object;
  config?: object;
  /** Services by the name the plugin knows them under. */
  needs?: object;
  service?: unknown;
}

export type ConfigOf<Types extends PluginTypes> = Types extends { config: infer Config }
  ? Config
  : Record<string, never>;
export type NeedsOf<Types extends PluginTypes> = Types extends { needs: infer Needs } ? Needs : Record<never, never>;
type ServiceOf<Types extends PluginTypes> = Types extends { service: infer Service } ? Service : undefined;

/** Does nothing where another took the row away. */
export type RowRemover = (id: number, call: Call) => Promise<void>;

/** How rows come into the plugin's tables, and go, beside its operations. */
export interface PluginData {
  /** The collections that `palestra import` reads into its tables. */
  readonly imports?: readonly Importer[];
  /**
   * By table: deletes one row with what must end with it, where no resource has a rule for that. Emptying the collection
   * calls it for each row, for many of them in one transaction.
   */
  readonly removers?: Readonly<Record<string, RowRemover>>;
}

/** What `setup` returns. */
export interface PluginParts<Types extends PluginTypes> {
  readonly handlers: Handlers<Types['operations']>;
  readonly service?: ServiceOf<Types>;
  readonly data?: PluginData;
  /** Events of other plugins that this one handles, each at most once in the list. */
  readonly subscriptions?: readonly Subscription[];
  /** After every plugin is set up; background work begins here. */
  start?(): Promise<void> | void;
  /**
   * The host stops soon: begin no background work, and answer the requests in flight within a few seconds, as by giving
   * up a call to another service. `stop` follows when they are answered.
   */
  retire?(): void;
  /** In reverse order; must end within the host's deadline. */
  stop?(): Promise<void> | void;
  /** Readiness: false, or a rejection, makes `/readyz` answer 503. */
  ready?(): Promise<boolean> | boolean;
}

/**
 * At most `requests` in `seconds`, counted by all instances together. One more is answered 429, with `Retry-After`.
 * Counted in fixed windows in the database, and by a token bucket in each instance.
 */
export interface RateLimit {
  /** Whose requests are counted together: those of one network (IPv4 /24, IPv6 /64), or of one caller (of guests, one network). */
  readonly by: 'network' | 'caller';
  readonly requests: number;
  readonly seconds: number;
}

/** An environment variable that sets one setting of a plugin's configuration. */
export interface EnvironmentVariable {
  /** `PALESTRA_` and upper case: `PALESTRA_LOCKER_GREETING`. */
  readonly name: string;
  /**
   * JSON Pointer (RFC 6901) of the setting: `/greeting`, `/apps/0/id`. Its schema gives type, default, description and
   * whether it is secret (`writeOnly`): booleans are `on` or `off`, lists have commas.
   */
  readonly setting: string;
  /** Read only where this other variable is set too: for a variable that several plugins share. */
  readonly with?: string;
  /** `NAME_FILE` may name a file with the value, which it always may for a secret. */
  readonly file?: true;
}

/** What a plugin's `configure` knows of its host. */
export interface HostFacts {
  /** Where clients reach the host, without a slash at the end; undefined where it is not configured. */
  readonly publicUrl: string | undefined;
}

/** Thrown by `configure`: the host names plugin, setting and variable in front of the problem. */
export class SettingError extends Error {
  override readonly name = 'SettingError';

  constructor(
    /** JSON Pointer of the setting. */
    readonly setting: string,
    /** Continues a sentence: `is not a private key in PEM`. */
    readonly problem: string,
  ) {
    super(`${setting} ${problem}`);
  }
}

export interface Plugin<Types extends PluginTypes, Scope = unknown> {
  /** Lower-case, unique in a host; also the key of its configuration and of its migration ledger. */
  readonly name: string;
  readonly version: string;
  /** Semver range over `hostVersion`. */
  readonly host: string;
  readonly contract: ContractFragment;
  /** JSON Schema of the configuration; `default` fills in, `writeOnly: true` marks a secret. */
  readonly config?: Schema;
  /** Variables that set its configuration where the host reads the environment, as the command `palestra` does. */
  readonly environment?: readonly EnvironmentVariable[];
  /**
   * Checks and completes the validated configuration with what a schema cannot say. Called before anything opens.
   * @throws SettingError
   */
  configure?(config: ConfigOf<Types>, host: HostFacts): ConfigOf<Types>;
  readonly requires?: { readonly [Name in keyof NeedsOf<Types>]: Need<NeedsOf<Types>[Name]> };
  readonly provides?: ServiceRef<ServiceOf<Types>>;
  /** Joins the one catalogue; codes and types must be new. */
  readonly errors?: Readonly<Record<string, ErrorFact>>;
  /** The events that it may emit; no other plugin emits them. */
  readonly emits?: readonly EventRef[];
  readonly migrations?: readonly Migration[];
  /** Limits by name; an operation refers to one by `x-rate-limit`. */
  readonly rateLimits?: Readonly<Record<string, readonly RateLimit[]>>;
  /** Something to look at in `palestra demo`; called after the plugins that this one requires. */
  demo?(host: DemoHost): Promise<void>;
  setup(scope: Scope): PluginParts<Types> | Promise<PluginParts<Types>>;
}
