/** What is wrong with a value is said in words: no message shows a regular expression of the built-in contract. */
import { readFileSync } from 'node:fs';
import type { OpenApiDocument, Schema } from '@palestra/core';
import { expect } from 'chai';
import { parse } from 'yaml';
import { faultOf } from '../../src/contract/faults.js';
import { validatorsOf } from '../../src/contract/validate.js';

const file = new URL('../../../../openapi.yaml', import.meta.url);
const document: OpenApiDocument = parse(readFileSync(file, 'utf8'));
const validators = validatorsOf(document);

function detailOf(schema: Schema, value: unknown): string {
  const validate = validators.schema({ type: 'object', properties: { field: schema } });
  expect(validate({ field: value }), JSON.stringify(value)).to.equal(false);
  return faultOf(validate.errors).detail;
}

function patternsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const inside = Object.values(node).flatMap(patternsOf);
  return 'pattern' in node && typeof node.pattern === 'string' ? [node.pattern, ...inside] : inside;
}

describe('what a field must be', () => {
  const component = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

  for (const [what, schema, value, expected] of [
    ['an id as text', component('Id'), 'x', 'field must be an id: 1 to 15 digits'],
    ['an id of another type', component('ClubId'), true, 'field must be an id: 1 to 15 digits'],
    ['an id that is no number', component('ClubId'), 'x', 'field must be an id: 1 to 15 digits'],
    ['a user', component('UserReference'), 'x', 'field must be an id of 1 to 15 digits, or an email address'],
    ['one type', { type: 'string' }, 1, 'field must be a string'],
    ['several types', { type: ['integer', 'string', 'null'] }, [], 'field must be an integer, a string or null'],
    ['a form with an example', { pattern: '^B-\\d$', examples: ['B-7'] }, 'x', 'field must have the form of B-7'],
    ['a form without one', { pattern: '^B-\\d$' }, 'x', 'field must match pattern "^B-\\d$"'],
    ['a choice', { enum: ['a', 'b'] }, 'c', 'field must be equal to one of the allowed values: "a", "b"'],
  ] satisfies [string, Schema, unknown, string][]) {
    it(`is said of ${what}`, () => expect(detailOf(schema, value)).to.equal(expected));
  }

  it('is said of a place to search near', () => {
    const near = document.paths['/api/discovery/gym']?.get?.parameters?.filter((each) => 'name' in each) ?? [];
    const validate = validators.parameters(near, 'query');
    expect(validate?.({ near: 'Salzburg' })).to.equal(false);
    const { detail } = faultOf(validate?.errors);
    expect(detail).to.equal('near must be longitude,latitude in degrees, such as 13.0550,47.8095');
  });

  it('is said in words of every pattern of the contract', () => {
    const found = [...new Set(patternsOf(document))];
    expect(found.length).to.be.above(10);
    for (const pattern of found) {
      expect(detailOf({ pattern }, pattern === '@' ? 'x' : '\u0000'), pattern).not.to.include('pattern');
    }
  });
});
