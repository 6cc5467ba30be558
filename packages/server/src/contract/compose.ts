/** Composes the fragments into the one document, and refuses what would make it ambiguous or unguarded. */
import {
  type ContractFragment,
  httpMethods,
  isPrivilege,
  type OpenApiDocument,
  type OperationObject,
  type PathItemObject,
} from '@palestra/core';
import { isOperationLimit } from '../rate-limit/limits.js';

export interface Part {
  /** Named in messages. */
  readonly name: string;
  readonly contract: ContractFragment;
}

/** @throws Error naming the part and the operation: a duplicate, or an operation with neither privilege nor public */
export function compose(base: OpenApiDocument, parts: readonly Part[]): OpenApiDocument {
  const tags = [...(base.tags ?? [])];
  const paths: Record<string, PathItemObject> = { ...base.paths };
  const components = structuredClone(base.components ?? {}) as Record<string, Record<string, unknown>>;
  const owners = new Map<string, string>();
  for (const { name, contract } of parts) {
    tags.push(...(contract.tags ?? []));
    addPaths(paths, owners, name, contract);
    addComponents(components, name, contract);
  }
  return {
    ...base,
    tags: [...tags].sort((a, b) => (a.name < b.name ? -1 : 1)),
    paths: sorted(paths),
    components: sorted(
      Object.fromEntries(Object.entries(components).map(([name, section]) => [name, sorted(section)])),
    ),
  };
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
      paths[path] = { ...paths[path], [method]: withSecurity(operation) };
    }
  }
}

function claim(owners: Map<string, string>, key: string, part: string, what: string): void {
  const owner = owners.get(key);
  if (owner !== undefined) throw new Error(`Plugin ${part} describes ${what}, which plugin ${owner} has already.`);
  owners.set(key, part);
}

/** Deny by default: `wire.md` section 1. */
function assertGuarded(operation: OperationObject, place: string, part: string): void {
  const limit = operation['x-rate-limit'];
  if (limit !== undefined && !isOperationLimit(limit)) {
    throw new Error(`${place} of plugin ${part} has the unknown x-rate-limit ${JSON.stringify(limit)}.`);
  }
  const privilege = operation['x-privilege'];
  const isPublic = operation['x-public'] === true;
  if (isPublic === (privilege !== undefined)) {
    throw new Error(`${place} of plugin ${part} needs exactly one of x-privilege and x-public.`);
  }
  const named = typeof privilege === 'object' ? Object.values(privilege) : privilege === undefined ? [] : [privilege];
  const unknown = named.find((each) => !isPrivilege(each));
  if (unknown !== undefined || (typeof privilege === 'object' && named.length === 0)) {
    throw new Error(`${place} of plugin ${part} has the unknown x-privilege ${JSON.stringify(privilege)}.`);
  }
}

/** Readers of the document see how to authenticate; the privilege itself stays in `x-privilege`. */
function withSecurity(operation: OperationObject): OperationObject {
  return operation['x-public'] ? operation : ({ security: [{ bearer: [] }], ...operation } as OperationObject);
}

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
