/** What every resource of the envelope kind can do, made once from its four operations. */
import type { Caller, CallOptions } from '../call.js';
import { type List, list, type Range } from '../list.js';
import type { Operation } from '../operation.js';

/** The types a resource is made of. */
export interface ResourceTypes {
  readonly item: { readonly _id: string };
  /** `data` of a create, a query and an update. */
  readonly create: object;
  readonly query: Range;
  readonly update: { readonly _id: string };
}

/** Of a call that gives a list. */
export interface ListOptions extends CallOptions {
  /** Items a request while iterating; 100 unless told. */
  readonly pageSize?: number | undefined;
}

/** `equals` compares with a value of the field, or with one of its elements where it is a list. */
type Qualifier<Value> = {
  readonly equals?: Value | (Value extends readonly (infer Element)[] ? Element : never);
  /** A literal, case-insensitive part. */
  readonly contains?: string;
};

/** All that are given must hold; without any, everything qualifies. */
export type Criteria<Item, Query> = Range & {
  readonly [Field in keyof Query & keyof Item]?: Qualifier<Item[Field]>;
};

/** What can be read of a resource; some have no more than this. */
export interface Readable<Item, Query> {
  /**
   * Finds by field: `query({ name: { contains: 'iron' }, find: 20 })`. In the order of `_id`.
   * @throws ClientError `invalid`, `auth`
   */
  query(criteria: Criteria<Item, Query>, options?: ListOptions): List<Item>;
  /** All, in the order of `_id`. */
  list(range?: Range, options?: ListOptions): List<Item>;
  /** @throws ClientError `not_found` */
  get(id: string, options?: CallOptions): Promise<Item>;
}

/** What can be read of a resource and done to it. */
export interface Resource<Types extends ResourceTypes> extends Readable<Types['item'], Types['query']> {
  /**
   * Makes one and gives it as stored, with its `_id`.
   * @throws ClientError `invalid` (a field is missing, unknown or out of range), `conflict` (the name is taken), `permission`
   */
  create(data: Types['create'], options?: CallOptions): Promise<Types['item']>;
  /**
   * Changes the fields given and gives the whole as stored; other fields stay.
   * @throws ClientError `not_found`, `invalid`, `conflict`, `permission`
   */
  update(data: Types['update'], options?: CallOptions): Promise<Types['item']>;
  /** For administrators. @throws ClientError `not_found`, `conflict` (something refers to it), `permission` */
  delete(id: string, options?: CallOptions): Promise<void>;
}

/** The operations that read a resource. */
export interface ReadableOperations {
  readonly operate: Operation;
  readonly list: Operation;
  readonly get: Operation;
}

/** The four operations of a resource; the middle of their names is the resource's. */
export interface ResourceOperations extends ReadableOperations {
  readonly delete: Operation;
}

/** The constants say what request and result are; a resource says it in words of its own. */
type LooseCall = <Result>(operation: Operation, request: object, options?: CallOptions) => Promise<Result>;

/** Makes the reading half of a resource's API. */
export function readable<Item extends { readonly _id: string }, Query>(
  caller: Caller,
  operations: ReadableOperations,
): Readable<Item, Query> {
  const call = caller.call as LooseCall;
  return {
    query: (criteria, options) => {
      const load = (range: Range) => {
        const body = { operation: 'query', data: { ...criteria, ...range } };
        return call<Item[]>(operations.operate, { body }, options);
      };
      return list(criteria, load, options?.pageSize);
    },
    list: (range = {}, options) =>
      list(range, (query) => call<Item[]>(operations.list, { query }, options), options?.pageSize),
    get: (id, options) => call(operations.get, { params: { id } }, options),
  };
}

/** Makes a resource's API of its four operations. */
export function resource<Types extends ResourceTypes>(caller: Caller, operations: ResourceOperations): Resource<Types> {
  const call = caller.call as LooseCall;
  const write = (operation: string, data: object, options?: CallOptions) =>
    call<Types['item']>(operations.operate, { body: { operation, data } }, options);
  return {
    ...readable(caller, operations),
    create: (data, options) => write('create', data, options),
    update: (data, options) => write('update', data, options),
    delete: async (id, options) => {
      await call(operations.delete, { params: { id } }, options);
    },
  };
}
