/** A resource of the club API: a collection with bare objects, each wrapped by its singular name. */
import type { OperationObject, Schema } from '@palestra/core';
import type { Expansion } from './envelope-face.js';
import type { Described } from './facts.js';
import {
  body,
  closed,
  json,
  listOf,
  type OperationDescription,
  operationOf,
  parameter,
  pathParameter,
  schema,
} from './operation.js';

export function restFace(described: Described, tag: string): Expansion {
  const { notation, facts } = described;
  const { path } = notation;
  const operations = operationsOf(described, tag);
  return {
    paths: {
      [path]: { ...operations.list, ...operations.create },
      [`${path}/{${facts.parameter}}`]: { ...operations.get, ...operations.update, ...operations.delete },
    },
    schemas: schemasOf(described),
  };
}

type Operations = Readonly<Partial<Record<string, Readonly<Record<string, OperationObject>>>>>;

function operationsOf({ name, notation, privileges, facts, singular, plural }: Described, tag: string): Operations {
  const { operations: over = {} } = notation;
  const { list, create, get, update, delete: remove } = facts.operations;
  const operation = (operationId: string, parts: Omit<OperationDescription, 'tag' | 'operationId'>) =>
    operationOf('club', { ...parts, operationId, tag });
  const one = json(schema(`${name}Wrapped`));
  const at = { parameters: [pathParameter(facts.parameter)] };
  return {
    ...(list && {
      list: {
        get: operation(list, {
          summary: `All ${plural}, by id`,
          privilege: privileges.list,
          parameters: [parameter('Find'), parameter('ClubAfter')],
          responses: { '200': { description: 'A plain array, streamed.', ...json(listOf(schema(name))) } },
          failures: ['400'],
          over: over.list,
        }),
      },
    }),
    ...(create && {
      create: {
        post: operation(create, {
          summary: `Add a ${singular}`,
          privilege: privileges.create,
          requestBody: body(schema(`${name}Creation`)),
          responses: { '200': { description: `The ${singular} with its id.`, ...one } },
          failures: ['400'],
          over: over.create,
        }),
      },
    }),
    ...(get && {
      get: {
        get: operation(get, {
          summary: `One ${singular}`,
          privilege: privileges.get,
          ...at,
          responses: { '200': { description: `The ${singular}.`, ...one } },
          failures: ['404'],
          over: over.get,
        }),
      },
    }),
    ...(update && {
      update: {
        put: operation(update, {
          summary: `Change a ${singular}`,
          description: 'Fields that are not sent stay.',
          privilege: privileges.update,
          ...at,
          requestBody: body(schema(`${name}Fields`)),
          responses: { '200': { description: `The ${singular} after the change.`, ...one } },
          failures: ['400', '404'],
          over: over.update,
        }),
      },
    }),
    ...(remove && {
      delete: {
        delete: operation(remove, {
          summary: `Delete a ${singular} that nothing refers to`,
          privilege: privileges.delete,
          ...at,
          responses: { '200': { description: 'It is gone.' } },
          failures: ['404', '409'],
          over: over.delete,
        }),
      },
    }),
  };
}

function schemasOf({ name, notation, fields, facts }: Described): Record<string, Schema> {
  const sent = Object.fromEntries(fields.flatMap((field) => (field.sent ? [[field.name, field.sent]] : [])));
  const shown = fields.flatMap((field) => (field.shown ? [[field.name, field.shown] as const] : []));
  const id = { type: 'integer', minimum: 1, examples: [1] };
  const answer = { [facts.id]: id, ...Object.fromEntries(shown) };
  const { description } = notation;
  return {
    ...(facts.operations.create && { [`${name}Creation`]: closed(sent, notation.required ?? []) }),
    [`${name}Fields`]: { ...closed(sent, []), minProperties: 1 },
    [name]: {
      ...(description !== undefined && { description }),
      ...closed(answer, [
        facts.id,
        ...fields.filter((field) => field.shown && field.promised).map((field) => field.name),
      ]),
    },
    [`${name}Wrapped`]: closed({ [facts.wrapper ?? name]: schema(name) }, [facts.wrapper ?? name]),
  };
}
