/** The rate limits that plugins declare, by the operations that name one (`x-rate-limit`). */
import { httpMethods, type RateLimit } from '@palestra/core';
import type { AnyPlugin } from '../plugin/plugin.js';
import { namedLimits } from '../rate-limit/limits.js';
import type { OperationLimits } from '../steps/exchange.js';

/** @throws Error naming the plugin and the limit that is not valid, or the operation that names one it does not declare */
export function operationLimits(plugins: readonly AnyPlugin[]): ReadonlyMap<string, OperationLimits> {
  return new Map(plugins.flatMap((plugin) => limitsOf(plugin)));
}

function limitsOf({ name, contract, rateLimits = {} }: AnyPlugin): [operationId: string, OperationLimits][] {
  for (const [limit, declared] of Object.entries(rateLimits)) assertValid(name, limit, declared);
  const operations = Object.values(contract.paths).flatMap((item) =>
    httpMethods.flatMap((method) => item[method] ?? []),
  );
  return operations.flatMap(({ operationId, 'x-rate-limit': limit }) => {
    if (limit === undefined) return [];
    const declared = Object.hasOwn(rateLimits, limit) ? rateLimits[limit] : undefined;
    if (declared === undefined) throw unknownLimit(name, operationId, limit, Object.keys(rateLimits));
    const counter = `${name}/${limit}`;
    const limits: OperationLimits = {
      network: namedLimits(counter, declared, 'network'),
      caller: namedLimits(counter, declared, 'caller'),
    };
    return [[operationId, limits]];
  });
}

function unknownLimit(plugin: string, operationId: string, limit: string, known: readonly string[]): Error {
  const declares = known.length === 0 ? 'declares none' : `declares ${known.join(', ')}`;
  return new Error(
    `Operation ${operationId} of plugin ${plugin} names the x-rate-limit ${JSON.stringify(limit)}; the plugin ${declares}.`,
  );
}

function assertValid(plugin: string, name: string, declared: readonly RateLimit[]): void {
  const sound = ({ by, requests, seconds }: RateLimit) =>
    (by === 'network' || by === 'caller') && isPositive(requests) && isPositive(seconds);
  if (declared.length > 0 && declared.every(sound)) return;
  throw new Error(
    `The rate limit ${name} of plugin ${plugin} is not valid: give it at least one { by: 'network' or 'caller', requests, seconds }, both whole numbers from 1.`,
  );
}

function isPositive(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
