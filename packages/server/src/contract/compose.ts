/** Composes the fragments into the one document that is served, and refuses what would make it ambiguous or unguarded. */
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
import { withForm } from './form.js';
import { withIdempotency } from './idempotent-writes.js';

export interface Part {
  /** Named in messages. */
  readonly name: string;
  readonly contract: ContractFragment;
}

/**
 * What requests are routed and validated by; `publishedDocument` adds what only readers need.
 * @throws Error naming the part and the operation: a duplicate, or an operation with neither privilege nor public
 */
export function composeDocument(base: OpenApiDocument, parts: readonly Part[]): OpenApiDocument {
  const tags = [...(base.tags ?? [])];
  const paths: Record<string, PathItemObject> = { ...base.paths };
  const components: Record<string, Record<string, unknown>> = {};
  const owners = new Map<string, string>();
  addComponents(components, 'host', base);
  for (const { name, contract } of parts) {
    tags.push(...(contract.tags ?? []));
    addPaths(paths, owners, name, contract);
    addComponents(components, name, contract);
  }
  return { ...base, tags, paths, components };
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
  contract: Pick<ContractFragment, 'components'>,
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
