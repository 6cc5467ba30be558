/** What breaks clients is named; what does not is not. */
import type { OpenApiDocument } from '@palestra/core';
import { expect } from 'chai';
import { parse } from 'yaml';
import { breakingChanges } from '../../src/contract/breaking-changes.js';

const text = `
openapi: 3.1.0
info: { title: Test, version: '1' }
paths:
  /api/thing:
    post:
      operationId: operateThing
      x-privilege: { create: coach, query: player }
      requestBody:
        required: true
        content:
          application/json:
            schema: { oneOf: [{ $ref: '#/components/schemas/Create' }, { $ref: '#/components/schemas/Query' }] }
      responses:
        '200': { description: x, content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } }
    get:
      operationId: listThings
      x-privilege: player
      parameters:
        - { name: find, in: query, schema: { type: integer } }
      responses:
        '200': { description: x, content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Thing' } } } } }
components:
  schemas:
    Fields:
      type: object
      properties: { name: { type: string }, size: { enum: [small, large] }, note: { anyOf: [{ type: string }, { type: 'null' }] } }
    Create:
      type: object
      required: [operation, data]
      properties:
        operation: { const: create }
        data: { allOf: [{ $ref: '#/components/schemas/Fields' }, { type: object, required: [name] }], unevaluatedProperties: false }
    Query: { type: object, required: [operation], properties: { operation: { const: query } } }
    Thing:
      type: object
      required: [_id, name, kind]
      properties: { _id: { type: string }, name: { type: string }, kind: { enum: [a, b] } }
      additionalProperties: false
`;

const before: OpenApiDocument = parse(text);

function after(...changes: readonly (readonly [from: string, to: string])[]): OpenApiDocument {
  return parse(
    changes.reduce((current, [from, to]) => {
      if (!current.includes(from)) throw new Error(`There is no ${from}.`);
      return current.replaceAll(from, to);
    }, text),
  );
}

describe('breaking changes', () => {
  const breaking: readonly (readonly [what: string, from: string, to: string, says: string])[] = [
    [
      'an operation is gone',
      'operationId: listThings',
      'operationId: findThings',
      'listThings (GET /api/thing) is gone',
    ],
    [
      'a text may be less long',
      'name: { type: string }, size',
      'name: { type: string, maxLength: 20 }, size',
      "operateThing (POST /api/thing) the body's data's name has maxLength 20",
    ],
    [
      'a text must be longer',
      'name: { type: string }, size',
      'name: { type: string, minLength: 1 }, size',
      "operateThing (POST /api/thing) the body's data's name has minLength 1",
    ],
    [
      'a text must have a form',
      'name: { type: string }, size',
      'name: { type: string, format: email }, size',
      "operateThing (POST /api/thing) the body's data's name has format email",
    ],
    [
      'an operation has moved',
      '/api/thing:',
      '/api/things:',
      'listThings (GET /api/thing) has moved to GET /api/things',
    ],
    ['more privilege is due', 'x-privilege: player', 'x-privilege: coach', 'demands coach, where player was enough'],
    [
      'more is due for one operation of an envelope',
      'query: player',
      'query: admin',
      'demands admin for query, where player was enough',
    ],
    [
      'an operation of an envelope is gone',
      'create: coach, query: player',
      'create: coach',
      'no longer knows the operation query',
    ],
    ['a parameter is gone', 'name: find', 'name: limit', 'no longer takes ?find'],
    [
      'a parameter is now demanded',
      '{ name: find, in: query, schema',
      '{ name: page, in: query, required: true, schema',
      'now demands the parameter page',
    ],
    ['a field is now demanded', 'required: [name] }', 'required: [name, size] }', "the body's data now needs size"],
    ['a field is no longer taken', ', note: { anyOf', ', remark: { anyOf', "the body's data no longer takes note"],
    [
      'a field takes another type',
      'properties: { name: { type: string }, size',
      'properties: { name: { type: integer }, size',
      "the body's data's name may no longer be string",
    ],
    [
      'a field takes null no longer',
      "{ anyOf: [{ type: string }, { type: 'null' }] }",
      '{ type: string }',
      "the body's data's note may no longer be null",
    ],
    ['a choice is gone', '[small, large]', '[small]', 'may no longer be "large"'],
    ['an answer may lack a field', 'required: [_id, name, kind]', 'required: [_id, name]', 'the answer may lack kind'],
    ['an answer may have another value', 'enum: [a, b]', 'enum: [a, b, c]', 'kind may be "c"'],
    [
      'an answer has another type',
      'properties: { _id: { type: string }',
      'properties: { _id: { type: integer }',
      "an element of the answer's _id may be integer",
    ],
    ['another status is answered', "'200'", "'201'", 'no longer answers 200'],
    [
      'another media type is taken',
      'content:\n          application/json',
      'content:\n          application/xml',
      'no longer takes application/json',
    ],
  ];
  for (const [what, from, to, says] of breaking) {
    it(`are seen where ${what}`, () => {
      const found = breakingChanges(before, after([from, to])).map(({ operation, change }) => `${operation} ${change}`);
      expect(found.join('\n')).to.contain(says);
    });
  }

  const harmless: readonly (readonly [what: string, from: string, to: string])[] = [
    ['nothing changed', 'Test', 'Test'],
    ['less privilege is due', 'create: coach', 'create: player'],
    ['a parameter came', '{ name: find', '{ name: page, in: query, schema: {} }\n        - { name: find'],
    ['a field can be sent that could not', 'note: { anyOf', 'more: { type: string }, note: { anyOf'],
    ['a choice came that can be sent', '[small, large]', '[small, medium, large]'],
    ['an answer has a new field', 'kind: { enum', 'age: { type: integer }, kind: { enum'],
    ['an answer has fewer values', 'enum: [a, b]', 'enum: [a]'],
    ['another success is described', "'200'", "'201': { description: y }\n        '200'"],
  ];
  for (const [what, from, to] of harmless) {
    it(`are not seen where ${what}`, () => {
      expect(breakingChanges(before, after([from, to]))).to.deep.equal([]);
    });
  }
});
