/** The API of a resource of the resource API, built from its four operations. */
import type { CallOptions } from '../call/call.js';
import type { Operation } from '../contract/operation.js';
import { type List, type ListOptions, list, type Range } from './list.js';
import type { Caller } from './plugin.js';

/** The types of a resource. */
export interface ResourceTypes {
  readonly item: { readonly _id: string };
  /** `data` of a create, a query and an update. */
  readonly create: object;
  readonly query: Range;
  readonly update: { readonly _id: string };
}

/** `equals` compares with a value of the field, or with one of its elements where it is a list. */
type Qualifier<Value> = {
  readonly equals?: Value | (Value extends readonly (infer Element)[] ? Element : never);
} & (HasText<Value> extends true ? Containing : { readonly contains?: never });

/** For texts, and lists of them. */
interface Containing {
  /** A literal, case-insensitive part. */
  readonly contains?: string;
}

/** True as soon as one of the values of the field is text. */
type HasText<Value> = true extends (Value extends string | readonly string[] ? true : never) ? true : false;

/** All given qualifiers must hold; without any, every item qualifies. */
export type Criteria<Item, Query> = Range & {
  readonly [Field in keyof Query & keyof Item]?: Qualifier<Item[Field]>;
};

/** The calls that read a resource; some resources have only these. */
export interface ReadableResource<Item, Query> {
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

/** The calls that read and write a resource. */
export interface Resource<Types extends ResourceTypes> extends ReadableResource<Types['item'], Types['query']> {
  /**
   * Creates one and gives it as stored, with its `_id`.
   * @throws ClientError `invalid` (a field is missing, unknown or out of range), `conflict` (the name is taken), `permission`
   */
  create(data: Types['create'], options?: CallOptions): Promise<Types['item']>;
  /**
   * Changes the given fields and gives the whole resource as stored; other fields stay.
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

/** The four operations of a resource. */
export interface ResourceOperations extends ReadableOperations {
  readonly delete: Operation;
}

/** `call` without the types of an operation's constant: a resource has types of its own. */
type LooseCall = <Result>(operation: Operation, request: object, options?: CallOptions) => Promise<Result>;

/** Builds the reading half of a resource's API. */
export function readable<Item extends { readonly _id: string }, Query>(
  caller: Caller,
  operations: ReadableOperations,
): ReadableResource<Item, Query> {
  const call = caller.call as LooseCall;
  return {
    query: (criteria, options) => {
      const load = (range: Range) => {
        const body = { operation: 'query', data: { ...criteria, ...range } };
        return call<Item[]>(operations.operate, { body }, options);
      };
      return list(operations.operate, criteria, load, options);
    },
    list: (range = {}, options) =>
      list(operations.list, range, (query) => call<Item[]>(operations.list, { query }, options), options),
    get: (id, options) => call(operations.get, { params: { id } }, options),
  };
}

/** Builds a resource's API from its four operations. */
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
