/** The API of a collection of the club API, built from its five operations. */
import type { CallOptions } from '../call/call.js';
import type { Operation } from '../contract/operation.js';
import { type List, wholeList } from './list.js';
import type { Caller } from './plugin.js';

/** The types of a collection. */
export interface CollectionTypes {
  readonly item: object;
  readonly create: object;
  /** Fields of an update. */
  readonly update: object;
}

/** A collection of the club API. Every user may read it; administrators write it, where nothing else is said. */
export interface Collection<Types extends CollectionTypes> {
  /** All of them, in one request. */
  list(options?: CallOptions): List<Types['item']>;
  /** @throws ClientError `not_found` */
  get(id: number, options?: CallOptions): Promise<Types['item']>;
  /** @throws ClientError `invalid`, `permission` */
  create(data: Types['create'], options?: CallOptions): Promise<Types['item']>;
  /** Changes the fields given; other fields stay. @throws ClientError `not_found`, `invalid`, `permission` */
  update(id: number, change: Types['update'], options?: CallOptions): Promise<Types['item']>;
  /** @throws ClientError `not_found`, `invalid` or `conflict` (something refers to it), `permission` */
  delete(id: number, options?: CallOptions): Promise<void>;
}

/** The five operations of a collection. */
export interface CollectionOperations {
  readonly list: Operation;
  readonly get: Operation;
  readonly create: Operation;
  readonly update: Operation;
  readonly delete: Operation;
}

/** The names of a collection: what one item is wrapped in (`{"team":{…}}`), and the path parameter of its id. */
interface CollectionNames {
  readonly singular: string;
  readonly id?: string;
}

type LooseCall = (operation: Operation, request: object, options?: CallOptions) => Promise<unknown>;

/** Builds a collection's API from its five operations. */
export function collection<Types extends CollectionTypes>(
  caller: Caller,
  { singular, id: parameter = 'id' }: CollectionNames,
  operations: CollectionOperations,
): Collection<Types> {
  const call = caller.call as LooseCall;
  const one = async (operation: Operation, request: object, options?: CallOptions) =>
    ((await call(operation, request, options)) as Record<string, Types['item']>)[singular] as Types['item'];
  const at = (id: number) => ({ params: { [parameter]: id } });
  return {
    list: (options) =>
      wholeList(operations.list, async () => (await call(operations.list, {}, options)) as Types['item'][]),
    get: (id, options) => one(operations.get, at(id), options),
    create: (body, options) => one(operations.create, { body }, options),
    update: (id, body, options) => one(operations.update, { ...at(id), body }, options),
    delete: async (id, options) => {
      await call(operations.delete, at(id), options);
    },
  };
}
