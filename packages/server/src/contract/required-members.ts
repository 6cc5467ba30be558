/**
 * Beside `allOf`, several generators lose `required` unless the member is described at the same place. It is then
 * described there too, as where it comes from.
 */
import { isJsonObject } from '@palestra/core';

type Schemas = Readonly<Record<string, unknown>>;

/** What generated types do not show. */
const prose: ReadonlySet<string> = new Set(['description', 'example', 'examples', 'default']);

/** A copy of `value` in which each `required` next to `allOf` has its `properties`. */
export function withRequiredMembers(value: unknown, schemas: Schemas): unknown {
  if (Array.isArray(value)) return value.map((item) => withRequiredMembers(item, schemas));
  if (!isJsonObject(value)) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, withRequiredMembers(child, schemas)]),
  );
  if (!Array.isArray(copy.allOf)) return copy;
  const described = Object.assign({}, ...copy.allOf.map((part) => propertiesOf(part, schemas)));
  return { ...copy, allOf: copy.allOf.map((part) => describing(part, described)) };
}

function describing(part: unknown, described: Schemas): unknown {
  const { required = [], properties = {} } = Object(part) as { required?: readonly string[]; properties?: Schemas };
  const missing = required.filter((name) => !(name in properties) && name in described);
  if (missing.length === 0) return part;
  const added = Object.fromEntries(missing.map((name) => [name, withoutProse(described[name])]));
  return { ...Object(part), properties: { ...added, ...properties } };
}

/** Of the schema itself, or of the component that it refers to. */
function propertiesOf(part: unknown, schemas: Schemas): Schemas {
  const { $ref, properties = {} } = Object(part) as { $ref?: string; properties?: Schemas };
  return $ref === undefined ? properties : propertiesOf(schemas[$ref.replace('#/components/schemas/', '')], schemas);
}

function withoutProse(schema: unknown): unknown {
  return Object.fromEntries(Object.entries(Object(schema)).filter(([key]) => !prose.has(key)));
}
