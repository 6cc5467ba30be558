/** A resource of the resource API: one operation for create, query and update, a list, one, delete, and its views. */
import type { OperationObject, Privilege, Schema } from '@palestra/core';
import type { Described } from './facts.js';
import type { ViewNotation } from './notation.js';
import {
  body,
  closed,
  envelopeOf,
  json,
  listOf,
  type OperationDescription,
  operationOf,
  parameter,
  schema,
} from './operation.js';
import { type LookUp, withoutLimits } from './schemas.js';

type Paths = Record<string, Record<string, OperationObject>>;

export interface Expansion {
  readonly paths: Paths;
  readonly schemas: Record<string, Schema>;
}

/** The operations inside the envelope. */
const verbs = ['create', 'query', 'update'] as const;
type Verb = (typeof verbs)[number];

export function envelopeFace(described: Described, tag: string, lookUp: LookUp): Expansion {
  const { notation, privileges, facts } = described;
  const operate = verbs.filter((verb) => privileges[verb] !== undefined);
  const operation = (parts: Omit<OperationDescription, 'tag'>) => operationOf('resource', { ...parts, tag });
  return {
    paths: {
      [notation.path]: {
        ...(operate.length > 0 && { post: operation(envelopeOperation(described, operate)) }),
        ...(privileges.list && { get: operation(listOperation(described)) }),
      },
      [`${notation.path}/{${facts.parameter}}`]: {
        ...(privileges.get && { get: operation(getOperation(described)) }),
        ...(privileges.delete && { delete: operation(deleteOperation(described)) }),
      },
      ...viewPaths(described, operation),
    },
    schemas: { ...schemasOf(described, operate), ...viewSchemas(described, lookUp) },
  };
}

type Parts = Omit<OperationDescription, 'tag'>;

function envelopeOperation(described: Described, operate: readonly Verb[]): Parts {
  const { name, notation, privileges, facts, plural } = described;
  return {
    operationId: facts.operations.operate ?? '',
    summary: `${sentence(operate)} ${plural}`,
    privilege: Object.fromEntries(operate.flatMap((verb) => [[verb, privileges[verb] as Privilege]])),
    resource: facts.name,
    requestBody: body(oneOf(operate.map((verb) => schema(name + capital(verb))))),
    ...outcomes(described, operate),
    over: notation.operations?.operate,
  };
}

function listOperation({ name, notation, privileges, facts, plural }: Described): Parts {
  return {
    operationId: facts.operations.list ?? '',
    summary: `List ${plural} by \`_id\``,
    privilege: privileges.list,
    parameters: [parameter('Find'), parameter('After')],
    responses: { '200': { description: `The ${plural}, streamed.`, ...json(schema(`${name}ListEnvelope`)) } },
    failures: ['400'],
    over: notation.operations?.list,
  };
}

function getOperation({ name, notation, privileges, facts, singular }: Described): Parts {
  return {
    operationId: facts.operations.get ?? '',
    summary: `One ${singular}`,
    privilege: privileges.get,
    parameters: [parameter('PathId')],
    responses: { '200': { description: `The ${singular}.`, ...json(schema(`${name}Envelope`)) } },
    failures: ['404'],
    over: notation.operations?.get,
  };
}

function deleteOperation({ notation, privileges, facts, singular }: Described): Parts {
  return {
    operationId: facts.operations.delete ?? '',
    summary: `Delete a ${singular} that nothing refers to`,
    privilege: privileges.delete,
    parameters: [parameter('PathId')],
    responses: { '200': { description: 'It is gone.', ...json(schema('Empty')) } },
    failures: ['404', '409'],
    over: notation.operations?.delete,
  };
}

/** What an envelope answers, and how it may fail, follows from the operations in it. */
function outcomes(
  { name, singular }: Described,
  operate: readonly Verb[],
): Pick<OperationDescription, 'responses' | 'failures'> {
  const [reads, creates, updates] = [operate.includes('query'), operate.includes('create'), operate.includes('update')];
  const shape = reads && updates ? `${name}Outcome` : reads ? `${name}ListEnvelope` : `${name}Envelope`;
  const told = reads
    ? updates
      ? `What qualified, or the ${singular} after its update.`
      : 'What qualified.'
    : `The ${singular} after its update.`;
  return {
    responses: {
      ...((reads || updates) && { '200': { description: told, ...json(schema(shape)) } }),
      ...(creates && {
        '201': { description: `The ${singular} with its \`_id\`.`, ...json(schema(`${name}Envelope`)) },
      }),
    },
    failures: ['400', ...(updates ? ['404'] : []), ...(creates || updates ? ['409'] : [])],
  };
}

function schemasOf({ name, notation, fields, facts }: Described, operate: readonly Verb[]): Record<string, Schema> {
  const sent = fields.flatMap((field) => (field.sent ? [[field.name, field.sent] as const] : []));
  const shown = fields.flatMap((field) => (field.shown ? [[field.name, field.shown] as const] : []));
  // What no caller sends, or sends otherwise than it is shown.
  const restated = fields.filter(({ sent: input, facts }) => input === undefined || 'empty' in facts);
  const dates = { createdDate: schema('Instant'), updatedDate: schema('Instant') };
  const promised = fields.filter((field) => field.shown && field.promised).map((field) => field.name);
  const answer = {
    required: ['_id', ...promised, ...Object.keys(dates)],
    properties: {
      _id: schema('Id'),
      ...Object.fromEntries(restated.flatMap((field) => (field.shown ? [[field.name, field.shown]] : []))),
      ...dates,
    },
  };
  const described = notation.description === undefined ? {} : { description: notation.description };
  const input = schema(`${name}Fields`);
  const data = {
    create: {
      allOf: [input, ...(notation.required ? [{ type: 'object', required: notation.required }] : [])],
      unevaluatedProperties: false,
    },
    update: {
      description: 'Fields that are not sent stay.',
      allOf: [input, { type: 'object', required: ['_id'], properties: { _id: schema('Id') } }],
      unevaluatedProperties: false,
    },
    query: {
      type: 'object',
      description: 'Every qualifier must hold.',
      properties: {
        find: schema('Find'),
        after: schema('Id'),
        ...Object.fromEntries(
          ['_id', ...fields.filter(({ queryable }) => queryable).map((field) => field.name), ...Object.keys(dates)].map(
            (field) => [field, schema('Qualifier')],
          ),
        ),
      },
      additionalProperties: false,
    },
  } satisfies Record<Verb, Schema>;
  const hasOutcome = operate.includes('query') && operate.includes('update');
  const answers = schema(facts.schemas.shown);
  const showsWhatIsSent = fields.every(({ facts: { writeOnly, readOnly } }) => !writeOnly || readOnly);
  return {
    ...(sent.length > 0 && {
      [`${name}Fields`]: { type: 'object', ...described, properties: Object.fromEntries(sent) },
    }),
    [name]:
      showsWhatIsSent && sent.length > 0
        ? { ...described, allOf: [input, { type: 'object', ...answer }], unevaluatedProperties: false }
        : {
            ...described,
            ...closed({ _id: schema('Id'), ...Object.fromEntries(shown), ...dates }, answer.required),
          },
    ...Object.fromEntries(
      operate.map((verb) => [
        name + capital(verb),
        closed({ operation: { const: verb }, data: data[verb] }, ['operation', 'data']),
      ]),
    ),
    [`${name}Envelope`]: envelopeOf(answers),
    [`${name}ListEnvelope`]: envelopeOf(listOf(answers)),
    ...(hasOutcome && { [`${name}Outcome`]: envelopeOf({ anyOf: [answers, listOf(answers)] }) }),
  };
}

const near = {
  pattern: '^-?\\d{1,3}(\\.\\d{1,15})?,-?\\d{1,2}(\\.\\d{1,15})?$',
  longest: 20_100_000,
};

function viewPaths(
  described: Described,
  operation: (parts: Omit<OperationDescription, 'tag'>) => OperationObject,
): Paths {
  return Object.fromEntries(
    Object.values(described.notation.views ?? {}).map((view) => [
      view.path,
      {
        get: operation({
          operationId: view.operationId,
          summary: `Find ${described.plural} as a guest`,
          privilege: undefined,
          parameters: [...viewParameters(described, view), parameter('Find'), parameter('After')],
          responses: {
            '200': { description: 'Public fields only.', ...json(schema(`Public${described.name}ListEnvelope`)) },
          },
          failures: ['400'],
        }),
      },
    ]),
  );
}

function viewParameters(
  { fields, plural, singular, facts }: Described,
  { keyword, near: place }: ViewNotation,
): object[] {
  const inQuery = (name: string, description: string, schema: Schema) => ({ name, in: 'query', description, schema });
  const words = keyword.length > 1 ? `${keyword.slice(0, -1).join(', ')} or ${keyword.at(-1)}` : keyword.join();
  const looked = inQuery('keyword', `Literal, case-insensitive substring of ${words}.`, {
    type: 'string',
    minLength: 1,
    maxLength: 200,
  });
  if (place === undefined) return [looked];
  const elsewhere = fields.find(({ name }) => name === place)?.facts.reference;
  const where = elsewhere?.table ?? facts.table;
  const metres = { type: 'number', minimum: 0, maximum: near.longest };
  const of = elsewhere ? ` to the ${where}` : '';
  return [
    looked,
    inQuery(
      'near',
      `\`longitude,latitude\` in degrees (WGS 84); the nearest ${elsewhere ? `${where} comes` : 'come'} first, without a location ${elsewhere ? 'nothing does' : 'not at all'}.`,
      {
        type: 'string',
        pattern: near.pattern,
        examples: ['13.0550,47.8095'],
      },
    ),
    inQuery('max', `Metres from \`near\`${of} at most.`, metres),
    inQuery('min', `Metres from \`near\`${of} at least.`, metres),
    inQuery(where, elsewhere ? `The ${plural} of this ${where}.` : `This ${singular} only.`, schema('Id')),
  ];
}

function viewSchemas({ name, notation, fields }: Described, lookUp: LookUp): Record<string, Schema> {
  return Object.assign(
    {},
    ...Object.values(notation.views ?? {}).map((view) => {
      const shown = view.fields.map((each) => {
        const field = fields.find((one) => one.name === each);
        if (!field?.shown) throw new Error(`Resource ${name}: a view shows ${each}, which no answer shows.`);
        return [each, withoutLimits(field.shown, lookUp)] as const;
      });
      const distance = { type: 'number', description: 'Metres from `near`.' };
      const properties = { _id: schema('Id'), ...Object.fromEntries(shown), ...(view.near && { distance }) };
      return {
        [`Public${name}`]: closed(properties, ['_id', ...view.fields]),
        [`Public${name}ListEnvelope`]: envelopeOf(listOf(schema(`Public${name}`))),
      };
    }),
  );
}

function oneOf(schemas: readonly Schema[]): Schema {
  const [only] = schemas;
  return schemas.length === 1 && only ? only : { oneOf: schemas };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `Create, query or update` */
function sentence(operate: readonly string[]): string {
  const words = operate.length > 1 ? `${operate.slice(0, -1).join(', ')} or ${operate.at(-1)}` : operate.join();
  return capital(words);
}
