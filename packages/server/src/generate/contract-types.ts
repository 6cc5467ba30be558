/** TypeScript types of an OpenAPI document: `components` and `operations`, as handlers and the client read them. */
import { isJsonObject, type OpenApiDocument, type OperationObject } from '@palestra/core';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import ts from 'typescript';

/** Who reads the types decides what a default means: the host has filled it in, a caller may leave it out. */
export type Side = 'host' | 'caller';

const unwanted = new Set(['paths', 'webhooks', '$defs']);

export async function contractTypes(document: OpenApiDocument, side: Side): Promise<string> {
  const source = structuredClone(document);
  for (const operation of operationsOf(source)) dropExamples(operation);
  liftRequired(source);
  if (side === 'host') requireParametersWithDefault(source);
  const nodes = await openapiTS(source as unknown as OpenAPI3, {
    silent: true,
    defaultNonNullable: false,
    emptyObjectsUnknown: true,
  });
  return astToString(nodes.filter((node) => !unwanted.has(declaredName(node))));
}

/** They are for readers of the document: in types they would fill the page of every hover. */
function dropExamples({ requestBody, responses }: OperationObject): void {
  for (const place of [requestBody, ...Object.values(responses)]) {
    const content = isJsonObject(place) && isJsonObject(place.content) ? place.content : {};
    for (const media of Object.values(content)) {
      if (!isJsonObject(media)) continue;
      delete media.example;
      delete media.examples;
    }
  }
}

/** The plaintext of each operation whose body or `Authorization` header is sealed, by `operationId`. */
export function sealedBodies(document: OpenApiDocument): string {
  const lines = operationsOf(document).flatMap(({ operationId, 'x-sealed': schema }) =>
    schema === undefined ? [] : [`    ${operationId}: components["schemas"][${JSON.stringify(schema)}];`],
  );
  return lines.length === 0 ? '' : `export interface SealedBodies {\n${lines.join('\n')}\n}\n`;
}

function operationsOf(document: OpenApiDocument): OperationObject[] {
  return Object.values(document.paths).flatMap((item) => Object.values(item));
}

function declaredName(node: ts.Node): string {
  return ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node) ? node.name.text : '';
}

/** Only parameters: within `oneOf` ajv leaves the defaults of properties alone, so those stay optional. */
function requireParametersWithDefault(document: OpenApiDocument): void {
  const shared = Object.values(document.components?.parameters ?? {});
  const own = operationsOf(document).flatMap((operation) => operation.parameters ?? []);
  for (const parameter of [...shared, ...own] as { schema?: object; required?: boolean }[]) {
    if (parameter.schema !== undefined && 'default' in parameter.schema) parameter.required = true;
  }
}

type JsonSchema = { allOf?: JsonSchema[]; required?: string[]; $ref?: string };

/** `allOf: [{$ref}, {required: [name]}]` says that the referred `name` is required; openapi-typescript reads that only from the parent. */
function liftRequired(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const child of Object.values(node)) liftRequired(child);
  const schema = node as JsonSchema;
  if (!Array.isArray(schema.allOf)) return;
  schema.required = [...new Set([schema, ...schema.allOf].flatMap((part) => part.required ?? []))];
  schema.allOf = schema.allOf.filter((part) => Object.keys(part).some((key) => key !== 'type' && key !== 'required'));
}
