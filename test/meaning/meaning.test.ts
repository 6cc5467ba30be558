/**
 * The document means what it meant when every operation of a resource was written by hand, but for what is listed here.
 * `before-resources.yaml` holds that meaning, operation by operation.
 */
import { readFileSync } from 'node:fs';
import type { OpenApiDocument } from '@palestra/core';
import { expect } from 'chai';
import { parse } from 'yaml';
import { differences, type Meaning, meaningOf } from './meaning.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const before: Readonly<Record<string, Meaning>> = parse(read('before-resources.yaml'));
const document = parse(read('../../openapi.yaml')) as OpenApiDocument;

/** Each with its reason. A change of the contract that is meant adds a row. */
const meant: readonly (readonly [difference: RegExp, reason: string])[] = [
  [
    /^list(Cities|Coaches|Countries|Games|Leagues|Operators|Teams)\/(parameters\/query (find|after)|responses\/400)\b/,
    'Lists of the club API take find and after.',
  ],
  [/^operate\w+\/rest\/x-resource: nothing/, 'An envelope says which resource it is of, for the words of its errors.'],
  [/^createGame\/body\/application\/json\/minProperties: 1/, 'A game without any field is refused for its name.'],
  [/^update(City|League)\/responses\/409/, 'A city or league with clubs does not change its country.'],
  [/^delete(Game|Team)\/responses\/409/, 'What a plugin may refer to is not deleted while it does.'],
  [/^discoverGyms\/.*\/geoLocation\//, 'A location is said as a pair, as it is to those who sign in.'],
  [/^getProfile\/responses\/400/, 'An _id of another form is not found.'],
];

describe('the meaning of the document', () => {
  const now = meaningOf(document, new Set(Object.keys(before)));
  const found = Object.keys(before).flatMap((id) => differences(before[id], now[id], id));

  it('is what it was, but for the differences that are meant', () => {
    expect(found.filter((difference) => !meant.some(([pattern]) => pattern.test(difference)))).to.deep.equal([]);
  });

  for (const [pattern, reason] of meant) {
    it(`differs: ${reason}`, () => expect(found.some((difference) => pattern.test(difference))).to.equal(true));
  }
});
