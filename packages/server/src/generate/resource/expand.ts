/**
 * From a fragment as it is written to plain OpenAPI 3.1: `x-resources` become paths and schemas, and the shorthands of
 * other operations are spelled out.
 */
import type { ContractFragment, OpenApiDocument, Schema } from '@palestra/core';
import type { ResourceFacts } from '../../plugin/resource.js';
import { type Expansion, envelopeFace } from './envelope-face.js';
import { type Described, describe } from './facts.js';
import { checkNotation } from './notation.js';
import { restFace } from './rest-face.js';
import type { LookUp } from './schemas.js';
import { spellOut } from './shorthands.js';

/** A fragment as its author writes it. */
export interface WrittenFragment extends Partial<ContractFragment> {
  readonly 'x-resources'?: Readonly<Record<string, unknown>>;
}

export interface ExpandedFragment {
  readonly contract: ContractFragment;
  readonly resources: Readonly<Record<string, ResourceFacts>>;
}

/** @throws Error naming the resource and the field, or the operation, that is not understood */
export function expand(base: OpenApiDocument, written: WrittenFragment): ExpandedFragment {
  const { 'x-resources': notations = {}, paths: _, components = {}, ...rest } = written;
  const lookUp: LookUp = (reference) => {
    const name = /^#\/components\/schemas\/([^/]+)$/.exec(reference)?.[1] ?? '';
    return (components.schemas?.[name] ?? base.components?.schemas?.[name]) as Schema | undefined;
  };
  const described = Object.entries(notations).map(([name, given]) =>
    describe(name, checkNotation(name, given), lookUp),
  );
  const expansions = described.map((each) => expansionOf(each, written, lookUp));
  const all = merge(
    { paths: spellOutPaths(base, written), schemas: { ...(components.schemas as Record<string, Schema>) } },
    ...expansions,
  );
  return {
    contract: { ...rest, paths: all.paths, components: { ...components, schemas: all.schemas } },
    resources: Object.fromEntries(described.map(({ name, facts }) => [name, facts])),
  };
}

function expansionOf(described: Described, { tags = [] }: WrittenFragment, lookUp: LookUp): Expansion {
  const tag = described.notation.tag ?? tags[0]?.name;
  if (tag === undefined) throw new Error(`Resource ${described.name} has no tag, and its fragment none either.`);
  return described.facts.face === 'rest' ? restFace(described, tag) : envelopeFace(described, tag, lookUp);
}

/** @throws Error for what is described twice */
function merge(written: Expansion, ...expansions: readonly Expansion[]): Expansion {
  const paths: Expansion['paths'] = {};
  const schemas: Expansion['schemas'] = {};
  for (const { paths: some, schemas: others } of [written, ...expansions]) {
    for (const [path, item] of Object.entries(some)) {
      const twice = Object.keys(item).find((method) => paths[path] && method in paths[path]);
      if (twice !== undefined) throw new Error(`${twice.toUpperCase()} ${path} is described twice.`);
      if (Object.keys(item).length > 0) paths[path] = { ...paths[path], ...item };
    }
    for (const [name, schema] of Object.entries(others)) {
      if (name in schemas) throw new Error(`The schema ${name} is described twice.`);
      schemas[name] = schema;
    }
  }
  return { paths, schemas };
}

function spellOutPaths(base: OpenApiDocument, { paths = {}, components, tags }: WrittenFragment): Expansion['paths'] {
  const described = { ...base.components?.parameters, ...components?.parameters } as Record<string, { name?: string }>;
  const parameterName = (reference: string) => described[reference.split('/').at(-1) ?? '']?.name;
  const tag = tags?.[0]?.name;
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item).map(([method, operation]) => [method, spellOut(operation, { path, tag, parameterName })]),
      ),
    ]),
  );
}
