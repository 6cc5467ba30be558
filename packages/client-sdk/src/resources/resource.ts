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

export interface Resource<Types extends ResourceTypes> {
  /**
   * Makes one and gives it as stored, with its `_id`.
   * @throws ClientError `invalid` (a field is missing, unknown or out of range), `conflict` (the name is taken), `permission`
   */
  create(data: Types['create'], options?: CallOptions): Promise<Types['item']>;
  /**
   * Finds by field: `query({ name: { contains: 'iron' }, find: 20 })`. In the order of `_id`.
   * @throws ClientError `invalid`, `auth`
   */
  query(criteria: Criteria<Types['item'], Types['query']>, options?: ListOptions): List<Types['item']>;
  /**
   * Changes the fields given and gives the whole as stored; other fields stay.
   * @throws ClientError `not_found`, `invalid`, `conflict`, `permission`
   */
  update(data: Types['update'], options?: CallOptions): Promise<Types['item']>;
  /** All, in the order of `_id`. */
  list(range?: Range, options?: ListOptions): List<Types['item']>;
  /** @throws ClientError `not_found` */
  get(id: string, options?: CallOptions): Promise<Types['item']>;
  /** For administrators. @throws ClientError `not_found`, `conflict` (something refers to it), `permission` */
  delete(id: string, options?: CallOptions): Promise<void>;
}

/** The four operations; the middle of their names is the resource's. */
export interface ResourceOperations {
  readonly operate: Operation;
  readonly list: Operation;
  readonly get: Operation;
  readonly delete: Operation;
}

export function resource<Types extends ResourceTypes>(
  { call }: Caller,
  operations: ResourceOperations,
): Resource<Types> {
  type Item = Types['item'];
  // The constants say what request and result are; `Types` says it in the words of the resource.
  const send = call as <Result>(operation: Operation, request: object, options?: CallOptions) => Promise<Result>;
  const operate = <Result>(operation: string, data: object, options?: CallOptions) =>
    send<Result>(operations.operate, { body: { operation, data } }, options);
  return {
    create: (data, options) => operate('create', data, options),
    query: (criteria, options) =>
      list(criteria, (range) => operate<Item[]>('query', { ...criteria, ...range }, options), options?.pageSize),
    update: (data, options) => operate('update', data, options),
    list: (range = {}, options) =>
      list(range, (query) => send<Item[]>(operations.list, { query }, options), options?.pageSize),
    get: (id, options) => send(operations.get, { params: { id } }, options),
    delete: async (id, options) => {
      await send(operations.delete, { params: { id } }, options);
    },
  };
}
