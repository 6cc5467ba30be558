/** At boot: whether the contract, the facts, the rules and the table of a resource agree. */
import type { OpenApiDocument, Schema } from '@palestra/core';
import type { RealTables } from '../database/inspect.js';
import type { FieldFacts, ResourceFacts, ResourceRules } from '../plugin/resource.js';
import { codecs } from './codecs.js';
import { tableFaults } from './table-agreement.js';

export interface Agreement {
  readonly facts: ResourceFacts;
  readonly rules: ResourceRules;
  readonly document: OpenApiDocument;
  readonly tables: RealTables;
}

/** @throws Error naming the resource, and each difference by field, table and column */
export function assertAgreement({ facts, rules, document, tables }: Agreement): void {
  const faults = [
    ...contractFaults(facts, document),
    ...ruleFaults(facts, rules),
    ...tableFaults(facts, tables.get(facts.table)),
    ...referenceFaults(facts, tables),
  ];
  if (faults.length > 0) throw new Error(`Resource ${facts.name}: ${faults.join(' ')}`);
}

const regenerate = 'Run palestra plugin generate.';

/** The facts and the contract are generated together, but either may be edited or of another version. */
function contractFaults({ fields, schemas }: ResourceFacts, document: OpenApiDocument): string[] {
  const inRequests = propertiesOf(document, schemas.sent);
  const inAnswers = propertiesOf(document, schemas.shown);
  const sent = Object.keys(fields).filter((name) => !fields[name]?.readOnly);
  const shown = Object.keys(fields).filter((name) => !fields[name]?.writeOnly);
  const absent = (names: readonly string[], schema: string, properties: ReadonlySet<string>): string[] =>
    names
      .filter((name) => !properties.has(name))
      .map((name) => `The field ${name} is not in the schema ${schema}. ${regenerate}`);
  return [
    ...absent(sent, schemas.sent, inRequests),
    ...absent(shown, schemas.shown, inAnswers),
    ...[...inRequests]
      .filter((name) => !sent.includes(name))
      .map((name) => `The schema ${schemas.sent} takes ${name}, which is not a field. ${regenerate}`),
  ];
}

/** Of an object schema, and of those that its `allOf` refers to. */
function propertiesOf(document: OpenApiDocument, name: string): Set<string> {
  const schema = document.components?.schemas?.[name] as Schema | undefined;
  const parts = [schema, ...((schema?.allOf as readonly Schema[] | undefined) ?? [])];
  return new Set(
    parts.flatMap((part) => {
      const referred = typeof part?.$ref === 'string' ? part.$ref.split('/').at(-1) : undefined;
      return referred === undefined ? Object.keys(part?.properties ?? {}) : [...propertiesOf(document, referred)];
    }),
  );
}

function ruleFaults({ fields }: ResourceFacts, rules: ResourceRules): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    if (field.columns.length === 0) return virtualFaults(name, field, rules);
    if (Object.hasOwn(codecs, field.kind) || rules.codecs?.[field.kind]) return [];
    return [`The field ${name} is of the kind ${field.kind}. Add a codec of that name to the rules.`];
  });
}

function virtualFaults(name: string, { readOnly, through }: FieldFacts, rules: ResourceRules): string[] {
  if (through || (readOnly ? rules.complete : rules.prepare)) return [];
  const [rule, does] = readOnly ? ['complete', 'fills it in'] : ['prepare', 'uses it'];
  return [`The field ${name} is virtual, but no rule ${rule} ${does}.`];
}

function referenceFaults({ fields }: ResourceFacts, tables: RealTables): string[] {
  return Object.entries(fields).flatMap(([name, { reference, through }]) => {
    if (reference && !tables.has(reference.table)) {
      return [`The field ${name} refers to the table ${reference.table}, which does not exist.`];
    }
    const target = through && fields[through.field]?.reference?.table;
    const column = through?.column ?? '';
    if (target === undefined || !tables.has(target) || tables.get(target)?.columns.has(column)) return [];
    return [`The field ${name} reads ${through?.field}.${column}, but the table ${target} has no column ${column}.`];
  });
}
