/** What can be said of a plugin without starting it. */
import { hostVersion } from '@palestra/core';
import satisfies from 'semver/functions/satisfies.js';
import { type DescribedOperation, operationsOf } from '../contract/operations.js';
import { validatorsOf } from '../contract/validate.js';
import { explain } from './explain.js';
import type { Subject, Verdict } from './types.js';

export function fitsTheHost({ plugin }: Subject): Verdict {
  const { host, version } = plugin;
  if (satisfies(hostVersion, host)) return [];
  return [`Version ${version} needs a host of ${host}; this one is ${hostVersion}.`];
}

/** Deny by default, as the host demands it at boot: here the message names the author's own file. */
export function guardsEveryOperation({ plugin }: Subject): Verdict {
  return ownOperations(plugin.contract).flatMap(({ object, method, path }) => {
    const guarded = object['x-privilege'] !== undefined;
    if (guarded !== (object['x-public'] === true)) return [];
    return [`${method.toUpperCase()} ${path} needs exactly one of x-privilege and x-public.`];
  });
}

export function joinsTheDocument(subject: Subject): Verdict {
  try {
    const document = subject.compose().openapi();
    const validators = validatorsOf(document);
    const schemas = Object.keys(subject.plugin.contract.components?.schemas ?? {});
    return schemas.flatMap((name) => {
      try {
        // Compiled with the first value.
        validators.at(`/components/schemas/${name}`)(undefined);
        return [];
      } catch (error) {
        return [`Schema ${name} does not compile: ${explain(error)}`];
      }
    });
  } catch (error) {
    return [explain(error)];
  }
}

/** A caller must be able to read in the document how a call can fail. */
export function describesItsFailures({ plugin }: Subject): Verdict {
  return ownOperations(plugin.contract).flatMap(({ id, object }) => {
    const responses = object.responses ?? {};
    const missing = [
      ...(Object.keys(responses).some((status) => /^2\d\d$/.test(status)) ? [] : ['a success']),
      ...('default' in responses ? [] : ['default, which is any other failure']),
      ...(object['x-public'] || '401' in responses ? [] : ['401']),
      ...(object['x-public'] || '403' in responses ? [] : ['403']),
      ...(object.requestBody === undefined || '400' in responses ? [] : ['400']),
    ];
    return missing.map((what) => `${id} does not describe ${what}.`);
  });
}

/** Every operation is known to the client part as the document has it. */
export function clientCoversOperations({ plugin, client }: Subject): Verdict {
  if (!client) return { skip: 'no client part was given' };
  const table = client.operations ?? {};
  return ownOperations(plugin.contract).flatMap((described) => {
    const known = table[described.id] as Readonly<Record<string, unknown>> | undefined;
    if (!known) return [`The client part has no operation ${described.id}.`];
    const differing = Object.entries(clientFacts(described)).filter(([name, value]) => known[name] !== value);
    return differing.map(
      ([name, value]) =>
        `${described.id}: ${name} is ${String(value)} in the document, ${String(known[name])} in the client part.`,
    );
  });
}

function clientFacts({ id, method, path, family, object }: DescribedOperation): Record<string, unknown> {
  return {
    id,
    method: method.toUpperCase(),
    path,
    public: object['x-public'],
    bare: object['x-bare'] || family === 'club' ? true : undefined,
  };
}

/** Parameters by reference resolve only in the composed document, and are not looked at here. */
function ownOperations(contract: Subject['plugin']['contract']): DescribedOperation[] {
  return operationsOf({ openapi: '3.1.0', info: { title: '', version: '' }, paths: withoutParameters(contract.paths) });
}

function withoutParameters(paths: Subject['plugin']['contract']['paths']): typeof paths {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(Object.entries(item).map(([method, operation]) => [method, { ...operation, parameters: [] }])),
    ]),
  );
}
