/** A value that a schema allows, for code samples: its own example, else one made of its properties. */
import { type OpenApi, type Operation, resolve, type Schema } from './document.js';

const depthLimit = 5;

/** The body to show for an operation; undefined where it takes none. */
export function bodyExample(document: OpenApi, operation: Operation): unknown {
  const body = operation.requestBody && resolve(document, operation.requestBody);
  const media = body?.content?.['application/json'];
  if (media === undefined) return undefined;
  const [named] = Object.values(media.examples ?? {});
  return media.example ?? named?.value ?? (media.schema && schemaExample(document, media.schema));
}

export function schemaExample(document: OpenApi, schema: Schema, depth = 0): unknown {
  const resolved = resolve(document, schema);
  const given = resolved.example ?? resolved.examples?.[0] ?? resolved.const ?? resolved.default ?? resolved.enum?.[0];
  if (given !== undefined) return given;
  const [first] = resolved.oneOf ?? [];
  if (first) return schemaExample(document, first, depth);
  const parts = (resolved.allOf ?? []).map((part) => schemaExample(document, part, depth));
  if (resolved.properties || parts.length > 0) {
    return Object.assign({}, ...parts, propertiesExample(document, resolved, depth));
  }
  return byType(document, resolved, depth);
}

/** Required properties; all of them where none is required, so that an update shows what it can change. */
function propertiesExample(document: OpenApi, { properties = {}, required = [] }: Schema, depth: number): object {
  if (depth >= depthLimit) return {};
  const shown = Object.entries(properties).filter(([name]) => required.length === 0 || required.includes(name));
  return Object.fromEntries(shown.map(([name, each]) => [name, schemaExample(document, each, depth + 1)]));
}

function byType(document: OpenApi, { type, items }: Schema, depth: number): unknown {
  const [name] = (Array.isArray(type) ? type : [type]) as readonly (string | undefined)[];
  if (name === 'array') return items && depth < depthLimit ? [schemaExample(document, items, depth + 1)] : [];
  const values: Readonly<Record<string, unknown>> = {
    integer: 1,
    number: 1,
    boolean: true,
    string: 'text',
    object: {},
  };
  return name === undefined ? {} : (values[name] ?? null);
}
