/** The members of bodies that hold ids, by their names: those whose schema is an id's, or a list of such. */
import { isJsonObject, type OpenApiDocument } from '@palestra/core';

const idSchemas = ['Id', 'ClubId', 'UserReference'].map((name) => `#/components/schemas/${name}`);
const idPattern = '^[0-9]{1,15}$';

export function idNamesOf(document: OpenApiDocument): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (!isJsonObject(node)) return;
    for (const [name, schema] of Object.entries(isJsonObject(node.properties) ? node.properties : {})) {
      if (isId(schema)) names.add(name);
    }
    Object.values(node).forEach(visit);
  };
  visit(document.components?.schemas);
  visit(document.paths);
  return names;
}

function isId(schema: unknown): boolean {
  if (!isJsonObject(schema)) return false;
  if (idSchemas.includes(String(schema.$ref)) || schema.pattern === idPattern) return true;
  const parts = ['anyOf', 'allOf', 'oneOf'].flatMap((key) => (Array.isArray(schema[key]) ? schema[key] : []));
  return [...parts, schema.items].some(isId);
}
