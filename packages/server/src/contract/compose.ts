/** Composes the fragments into the one document, and refuses what would make it ambiguous or unguarded. */
import {
  type ContractFragment,
  type Family,
  familyOf,
  httpMethods,
  isPrivilege,
  ladder,
  machineScopes,
  type OpenApiDocument,
  type OperationObject,
  type PathItemObject,
} from '@palestra/core';
import { withErrorCodes } from './error-codes.js';
import { withForm } from './form.js';
import { withIdempotency } from './idempotent-writes.js';
import { forReaders, sealedContent, withDiscriminator, withRequestId } from './readers.js';
import { withRequiredMembers } from './required-members.js';

export interface Part {
  /** Named in messages. */
  readonly name: string;
  readonly contract: ContractFragment;
}

/** @throws Error naming the part and the operation: a duplicate, or an operation with neither privilege nor public */
export function composeDocument(base: OpenApiDocument, parts: readonly Part[]): OpenApiDocument {
  const tags = [...(base.tags ?? [])];
  const paths: Record<string, PathItemObject> = { ...base.paths };
  const components: Record<string, Record<string, unknown>> = structuredClone(base.components ?? {});
  const owners = new Map<string, string>();
  for (const { name, contract } of parts) {
    tags.push(...(contract.tags ?? []));
    addPaths(paths, owners, name, contract);
    addComponents(components, name, contract);
  }
  describeForReaders(paths, components);
  return {
    ...base,
    tags: [...tags].sort((a, b) => (a.name < b.name ? -1 : 1)),
    paths: sorted(paths),
    components: sorted(mapValues(components, sorted)),
  };
}

/** Completes each operation; of the shared responses those stay that one refers to. */
function describeForReaders(
  paths: Record<string, PathItemObject>,
  components: Record<string, Record<string, unknown>>,
): void {
  const responses = { ...components.responses };
  const used = new Set<string>();
  for (const [path, item] of Object.entries(paths)) {
    paths[path] = mapValues(item, (operation) => {
      const read = withDiscriminator(forReaders(operation, path), components.schemas ?? {});
      const described = withErrorCodes(read, path, responses);
      for (const response of Object.values(described.responses)) {
        if ('$ref' in response) used.add(response.$ref.replace('#/components/responses/', ''));
      }
      return { ...described, responses: mapValues(described.responses, withRequestId) };
    });
  }
  const { SealedText } = components.schemas ?? {};
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  const schemas = { ...components.schemas, SealedText: { ...Object(SealedText), ...sealedContent(operations) } };
  components.schemas = mapValues(schemas, (schema) => withRequiredMembers(schema, schemas));
  const kept = Object.entries(responses).filter(([name]) => used.has(name));
  components.responses = Object.fromEntries(kept.map(([name, response]) => [name, withRequestId(response as object)]));
}

function mapValues<Value, Result>(
  entries: Readonly<Record<string, Value>>,
  map: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, map(value)]));
}

/** The document is the same in whatever order the parts came. */
function sorted<Value>(entries: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function addPaths(
  paths: Record<string, PathItemObject>,
  owners: Map<string, string>,
  part: string,
  contract: ContractFragment,
): void {
  for (const [path, item] of Object.entries(contract.paths)) {
    for (const method of httpMethods) {
      const operation = item[method];
      if (!operation) continue;
      const place = `${method.toUpperCase()} ${path}`;
      claim(owners, place, part, place);
      claim(owners, operation.operationId, part, `operationId ${operation.operationId}`);
      assertGuarded(operation, place, part);
      const whole = withIdempotency(withTooManyRequests(operation, path), method, path);
      paths[path] = { ...paths[path], [method]: withForm(whole, familyOf(path)) };
    }
  }
}

function claim(owners: Map<string, string>, key: string, part: string, what: string): void {
  const owner = owners.get(key);
  if (owner !== undefined) throw new Error(`Plugin ${part} describes ${what}, which plugin ${owner} has already.`);
  owners.set(key, part);
}

/** Deny by default: an operation is public only if its contract says so. */
function assertGuarded(operation: OperationObject, place: string, part: string): void {
  const privilege = operation['x-privilege'];
  const isPublic = operation['x-public'] === true;
  if (isPublic === (privilege !== undefined)) {
    throw new Error(`${place} of plugin ${part} needs exactly one of x-privilege and x-public.`);
  }
  const named = typeof privilege === 'object' ? Object.values(privilege) : privilege === undefined ? [] : [privilege];
  const unknown = named.find((each) => !isPrivilege(each));
  if (unknown !== undefined || (typeof privilege === 'object' && named.length === 0)) {
    const known = [...ladder, ...machineScopes].join(', ');
    const found = JSON.stringify(unknown ?? privilege);
    throw new Error(`${place} of plugin ${part} has the unknown x-privilege ${found}; there are ${known}.`);
  }
}

/** An operation with a rate limit describes its 429, which tells by `Retry-After` when to call again. */
function withTooManyRequests(operation: OperationObject, path: string): OperationObject {
  if (operation['x-rate-limit'] === undefined || '429' in operation.responses) return operation;
  const name = operation['x-failure'] === 'error-object' ? 'ClubErrorTooManyRequests' : tooManyRequests[familyOf(path)];
  return { ...operation, responses: { ...operation.responses, 429: { $ref: `#/components/responses/${name}` } } };
}

const tooManyRequests: Readonly<Record<Family, string>> = { resource: 'TooManyRequests', club: 'ClubTooManyRequests' };

function addComponents(
  components: Record<string, Record<string, unknown>>,
  part: string,
  contract: ContractFragment,
): void {
  for (const [section, entries] of Object.entries(contract.components ?? {})) {
    components[section] ??= {};
    const target = components[section];
    for (const [name, entry] of Object.entries(entries)) {
      if (name in target) throw new Error(`Plugin ${part} describes the component ${section}/${name} a second time.`);
      target[name] = entry;
    }
  }
}
