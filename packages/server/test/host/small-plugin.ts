/** A plugin of one public operation, to be broken in one place at a time. */
import type { ContractFragment, OperationObject } from '@palestra/core';
import type { AnyPlugin } from '../../src/plugin/plugin.js';

export type Handler = (request: never, call: never) => unknown;

export function contractOf(name: string, extra: Partial<OperationObject> = {}): ContractFragment {
  const json = { schema: { type: 'object' } };
  return {
    paths: {
      [`/api/${name}`]: {
        get: {
          operationId: name,
          'x-public': true,
          'x-bare': true,
          responses: { 200: { description: 'Well.', content: { 'application/json': json } } },
          ...extra,
        },
      },
    },
  };
}

export interface SmallParts {
  readonly handler?: Handler;
  readonly service?: unknown;
  start?(): unknown;
  stop?(): unknown;
  ready?(): unknown;
}

/** What the tests look at of a scope. */
interface SmallScope {
  readonly services: { readonly greeting?: { greet(): string } };
}

export function smallPlugin(
  name: string,
  changes: Partial<AnyPlugin> = {},
  parts: SmallParts | ((scope: SmallScope) => SmallParts) = {},
): AnyPlugin {
  return {
    name,
    version: '1.2.3',
    host: '^1.0.0',
    contract: contractOf(name),
    setup: ((scope: SmallScope) => {
      const { handler = () => ({ from: name }), ...rest } = typeof parts === 'function' ? parts(scope) : parts;
      return { handlers: { [name]: handler }, ...rest };
    }) as unknown as AnyPlugin['setup'],
    ...changes,
  };
}
