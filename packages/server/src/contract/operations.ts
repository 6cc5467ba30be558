/** The operations of a composed document, each with its place and its references resolved. */
import {
  type ContractFragment,
  type Family,
  familyOf,
  type HttpMethod,
  httpMethods,
  isJsonObject,
  type OpenApiDocument,
  type OperationObject,
  type ParameterObject,
} from '@palestra/core';

export interface DescribedOperation {
  readonly id: string;
  readonly method: HttpMethod;
  readonly path: string;
  readonly family: Family;
  readonly object: OperationObject;
  readonly parameters: readonly ParameterObject[];
}

/** `operationId`s of one fragment. */
export function operationIdsOf({ paths }: ContractFragment): string[] {
  return Object.values(paths).flatMap((item) => httpMethods.flatMap((method) => item[method]?.operationId ?? []));
}

/** Every operation in document order. */
export function operationsOf(document: OpenApiDocument): DescribedOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    httpMethods.flatMap((method) => {
      const object = item[method];
      if (!object) return [];
      const parameters = (object.parameters ?? []).map((each) => resolve<ParameterObject>(document, each));
      return [{ id: object.operationId, method, path, family: familyOf(path), object, parameters }];
    }),
  );
}

/** Follows a local `$ref` (`#/components/…`), however often. */
export function resolve<Target>(document: OpenApiDocument, value: unknown): Target {
  let current = value;
  while (typeof current === 'object' && current !== null && '$ref' in current) {
    current = lookUp(document, String(current.$ref));
  }
  return current as Target;
}

function lookUp(document: OpenApiDocument, reference: string): unknown {
  const target = reference
    .replace(/^#\//, '')
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, key) => (isJsonObject(node) ? node[key] : undefined), document);
  if (target === undefined) throw new Error(`The contract refers to ${reference}, which nothing describes.`);
  return target;
}
