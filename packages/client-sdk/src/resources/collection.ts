/** What every collection of the club API can do, made once from its five operations. */
import type { Caller, CallOptions } from '../call.js';
import { type List, wholeList } from '../list.js';
import type { Operation } from '../operation.js';

/** The types a collection is made of. */
export interface CollectionTypes {
  readonly item: object;
  readonly create: object;
  /** Fields of an update. */
  readonly update: object;
}

/** A collection of the club API. Read by every user, written by administrators unless it says otherwise. */
export interface Collection<Types extends CollectionTypes> {
  /** All of them; the server gives them whole. */
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

/** How a collection is spelled: what one is wrapped in (`{"team":{…}}`), and the path parameter of its id. */
export interface Spelling {
  readonly singular: string;
  readonly id?: string;
}

type LooseCall = (operation: Operation, request: object, options?: CallOptions) => Promise<unknown>;

/** Makes a collection's API of its five operations. */
export function collection<Types extends CollectionTypes>(
  caller: Caller,
  { singular, id: parameter = 'id' }: Spelling,
  operations: CollectionOperations,
): Collection<Types> {
  const call = caller.call as LooseCall;
  const one = async (operation: Operation, request: object, options?: CallOptions) =>
    ((await call(operation, request, options)) as Record<string, Types['item']>)[singular] as Types['item'];
  const at = (id: number) => ({ params: { [parameter]: id } });
  return {
    list: (options) => wholeList(async () => (await call(operations.list, {}, options)) as Types['item'][]),
    get: (id, options) => one(operations.get, at(id), options),
    create: (body, options) => one(operations.create, { body }, options),
    update: (id, body, options) => one(operations.update, { ...at(id), body }, options),
    delete: async (id, options) => {
      await call(operations.delete, at(id), options);
    },
  };
}
