/** Every operation shows a request and an answer that tests have sent and got (`npm run examples`), and that are valid. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type OpenApiDocument, type Schema } from '@palestra/core';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type DescribedOperation, operationsOf } from '../packages/server/src/contract/operations.js';
import { validatorsOf } from '../packages/server/src/contract/validate.js';
import { scrubbed } from '../scripts/examples/scrub.js';
import { repository } from '../scripts/workspace.js';

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

const document: OpenApiDocument = parse(readFileSync(join(repository, 'openapi.yaml'), 'utf8'));
const operations = operationsOf(document);

/** JSON that the operation takes, and that it answers where it succeeds. */
function mediaOf({ id, object }: DescribedOperation): [place: string, media: Media][] {
  const success = Object.entries(object.responses).filter(([status]) => /^2/.test(status));
  const places: (readonly [string, unknown])[] = [['request', object.requestBody], ...success];
  return places.flatMap(([place, value]) => {
    const content = isJsonObject(value) && isJsonObject(value.content) ? value.content['application/json'] : undefined;
    return content === undefined ? [] : [[`${id} ${place}`, content as unknown as Media]];
  });
}

const valuesOf = ({ example, examples = {} }: Media): unknown[] => [
  ...(example === undefined ? [] : [example]),
  ...Object.values(examples).map(({ value }) => value),
];

describe('the examples of the contract', () => {
  it('show a request and an answer of every operation', () => {
    const without = operations.filter((operation) => {
      const [places, shown] = [
        mediaOf(operation),
        mediaOf(operation).filter(([, media]) => valuesOf(media).length > 0),
      ];
      const takes = places.some(([place]) => place.endsWith(' request'));
      const answers = places.some(([place]) => !place.endsWith(' request'));
      return (
        (takes && !shown.some(([place]) => place.endsWith(' request'))) ||
        (answers && !shown.some(([place]) => !place.endsWith(' request')))
      );
    });
    expect(without.map(({ id }) => id)).to.deep.equal([]);
  });

  it('show each operation of an envelope', () => {
    for (const { id, object } of operations) {
      const privilege = object['x-privilege'];
      if (typeof privilege !== 'object') continue;
      const content = (object.requestBody as { content: Record<string, Media> }).content['application/json'];
      expect(Object.keys(content?.examples ?? {}), id).to.have.members(Object.keys(privilege));
    }
  });

  it('are valid', () => {
    const validators = validatorsOf(document);
    const wrong = operations.flatMap(mediaOf).flatMap(([place, media]) => {
      const validate = validators.schema(media.schema);
      return valuesOf(media).flatMap((value) => (validate(value) ? [] : [{ place, value, errors: validate.errors }]));
    });
    expect(wrong).to.deep.equal([]);
  });

  it('have no secret that was one, and no name that a test made up', () => {
    for (const operation of operations) {
      for (const [place, media] of mediaOf(operation)) {
        for (const value of valuesOf(media)) expect(scrubbed(value, operation.id), place).to.deep.equal(value);
        expect(JSON.stringify(valuesOf(media)), place).to.not.match(/thing \d|127\.0\.0\.1:\d|\/tmp\//);
      }
    }
  });
});
