/** The facts of resources as constants, with the types that rules and handlers are written against. */
import type { FieldFacts, ResourceFacts } from '../plugin/resource.js';
import { literal } from './literal.js';

/** `server` is the module that `ResourceFacts` comes from. */
export function resourceConstants(resources: Readonly<Record<string, ResourceFacts>>): string {
  const all = Object.entries(resources);
  if (all.length === 0) return '';
  const types = all.map(([name]) => `  readonly ${name}: ResourceFacts<${name}Types>;\n`);
  const values = all.map(([name, facts]) => `  ${name}: ${literal(facts, 1)},\n`);
  return [
    ...all.map(([, facts]) => typesOf(facts)),
    `/** What \`scope.resource\` takes. */\nexport const resources: {\n${types.join('')}} = {\n${values.join('')}};\n`,
  ].join('\n');
}

function typesOf(facts: ResourceFacts): string {
  const { schemas, operations } = facts;
  const name = schemas.shown;
  const ids = Object.values(operations).map((id) => JSON.stringify(id));
  const sent = Object.values(facts.fields).some(({ readOnly }) => !readOnly);
  return `/** What is stored of a ${name}, by field, with integer ids. */
export interface Stored${name} {
${recordMembers(facts).join('\n')}
}

export interface ${name}Types {
    shown: components["schemas"][${JSON.stringify(schemas.shown)}];
    input: ${sent ? `components["schemas"][${JSON.stringify(schemas.sent)}]` : 'object'};
    record: Stored${name};
    operations: Pick<operations, ${ids.join(' | ')}>;
}
`;
}

function recordMembers({ fields, schemas, columns, dated }: ResourceFacts): string[] {
  const isNullable = ({ columns: [first = ''] }: FieldFacts) => {
    const column = columns[first];
    return column !== undefined && 'nullable' in column && column.nullable === true;
  };
  const stored = Object.entries(fields).filter(([, field]) => field.columns.length > 0);
  return [
    '    readonly id: number;',
    ...stored.map(([name, field]) => {
      const schema = field.readOnly ? schemas.shown : schemas.sent;
      const described = `components["schemas"][${JSON.stringify(schema)}][${JSON.stringify(name)}]`;
      const never = 'empty' in field ? `undefined | ${JSON.stringify(field.empty)}` : 'undefined';
      const value = field.reference
        ? `number${isNullable(field) ? ' | null' : ''}`
        : field.readOnly && field.writeOnly
          ? hiddenType(field, isNullable(field))
          : `Exclude<${described}, ${never}>`;
      return `    readonly ${JSON.stringify(name)}: ${value};`;
    }),
    ...(dated ? ['    readonly createdDate: string;', '    readonly updatedDate: string;'] : []),
  ];
}

/** No schema of the document has it. */
function hiddenType({ kind }: FieldFacts, nullable: boolean): string {
  const types: Readonly<Record<string, string>> = {
    text: 'string',
    integer: 'number',
    real: 'number',
    boolean: 'boolean',
    instant: 'string',
  };
  return `${types[kind] ?? 'unknown'}${nullable ? ' | null' : ''}`;
}
