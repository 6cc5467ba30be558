/** Rows of an older system: as a create by a `dba` would make them, with their ids and dates. */
import type { AccountPrincipal, Call, Importer, Schema } from '@palestra/core';
import type { ImporterOptions, ResourceFacts, ResourceTypes } from '../plugin/resource.js';
import type { Plan } from './plan.js';
import type { Writer } from './write.js';

const importing: AccountPrincipal = { kind: 'account', accountId: 0, username: 'palestra import', privilege: 'dba' };

/** What rules are asked with: they see who writes, and no request. */
const call: Call = {
  operationId: 'import',
  requestId: 'import',
  principal: importing,
  ip: '',
  receivedAt: 0,
  header: () => undefined,
};

export function importerOf<Types extends ResourceTypes>(
  { facts, defaults }: Plan,
  writer: Writer<Types>,
  collection: string,
  { references = {}, check }: ImporterOptions = {},
): Importer {
  // Said, so that no rule fills in the caller.
  const nobody = Object.fromEntries(
    Object.entries(defaults).filter(([name, value]) => value === null && facts.fields[name]?.reference),
  );
  return {
    collection,
    table: facts.table,
    hasId: true,
    references: { ...referencesOf(facts), ...references },
    schema: schemaOf(facts),
    ...(check && { check }),
    prepare: ({ fields, createdAt }) => writer.adopt({ ...nobody, ...fields }, createdAt, call),
  };
}

function referencesOf({ fields }: ResourceFacts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, { reference, readOnly }]) =>
      reference && !readOnly ? [[name, reference.table]] : [],
    ),
  );
}

/** What a create takes. */
function schemaOf({ name, face }: ResourceFacts): Schema {
  const component = face === 'rest' ? `${name}Creation` : `${name}Create/properties/data`;
  return { $ref: `#/components/schemas/${component}` };
}
