/** A part of the client. The built-in parts and an integrator's have the same shape. */
import type { CallOptions } from '../call/call.js';
import type { Arguments, Operation, RequestFor, ResultFor } from '../contract/operation.js';
import type { Session } from '../session/session.js';

/** Sends operations. */
export interface Caller {
  /** Sends one operation and gives its result, typed by the operation's constant. */
  call<Op extends Operation>(operation: Op, ...args: Arguments<RequestFor<Op>, CallOptions>): Promise<ResultFor<Op>>;
  /**
   * Seals `plaintext` (with `iat`, `jti` and `aud`) for this operation with the server's key, and sends what `send` makes
   * of it. If the server cannot open it, fetches the key again and repeats once.
   */
  sealed<Result>(
    operation: Pick<Operation, 'id' | 'path'>,
    plaintext: object,
    send: (value: string) => Promise<Result>,
    options?: CallOptions,
  ): Promise<Result>;
}

/** What a part is given to work with. */
export interface PartScope extends Caller {
  readonly session: Session;
}

/**
 * ```ts
 * export const equipmentClient: ClientPlugin<'equipment', EquipmentApi> = {
 *   name: 'equipment',
 *   setup: (scope) => resource(scope, { operate: operateEquipment, … }),
 * };
 * const client = createClient({ baseUrl, plugins: [equipmentClient] });
 * await client.equipment.list();
 * ```
 */
export interface ClientPlugin<
  Name extends string = string,
  Api = unknown,
  Operations extends OperationTable = Record<never, never>,
> {
  /** The property of the client. */
  readonly name: Name;
  /** By `operationId`; what `client.call` then knows too. */
  readonly operations?: Operations;
  setup(scope: PartScope): Api;
}

/** Operations by their `operationId`. */
export type OperationTable = Readonly<Record<string, Operation>>;

/** Any plugin, as lists of them are declared. */
export type AnyClientPlugin = ClientPlugin<string, unknown, OperationTable>;

/** What plugins add to a client: each one's API under its name. */
export type ApisOf<Plugins extends readonly AnyClientPlugin[]> = {
  readonly [Plugin in Plugins[number] as Plugin['name']]: ReturnType<Plugin['setup']>;
};

type Union<Plugins extends readonly AnyClientPlugin[]> = NonNullable<Plugins[number]['operations']>;

type Intersection<Member> = (Member extends unknown ? (member: Member) => void : never) extends (
  member: infer All,
) => void
  ? All
  : never;

/** The operations of all plugins in one table. */
export type OperationsOf<Plugins extends readonly AnyClientPlugin[]> = Plugins extends readonly []
  ? Record<never, never>
  : Intersection<Union<Plugins>>;
