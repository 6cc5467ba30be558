/** Hosts of the same plugins share one document and what is compiled of it; any other plugin makes another one. */
import type { ContractFragment } from '@palestra/core';
import { expect } from 'chai';
import { documentOf } from '../../src/contract/shared-document.js';
import { validatorsOf } from '../../src/contract/validate.js';

const response = { description: 'Done.', content: { 'application/json': { schema: { type: 'object' } } } };

function part(name: string, path = `/api/${name}`) {
  const operation = { operationId: name, 'x-public': true, responses: { 200: response, default: response } } as const;
  const contract: ContractFragment = { paths: { [path]: { get: operation } } };
  return { name, contract };
}

describe('the document of hosts in one process', () => {
  const [door, locker] = [part('door'), part('locker')];
  const nothing = () => ({ name: 'nothing', contract: { paths: {} } });

  it('is the same for the same plugins, whatever others add nothing to it', () => {
    const document = documentOf([door, locker]);
    expect(documentOf([door, nothing(), locker])).to.equal(document);
    expect(validatorsOf(documentOf([door, locker]))).to.equal(validatorsOf(document));
    expect(validatorsOf(document).at('/components/schemas/Failure')).to.equal(
      validatorsOf(document).at('/components/schemas/Failure'),
    );
  });

  it('is another one for fewer plugins, more, and one of the same name', () => {
    const documents = [[door], [door, locker], [door, part('locker')], [locker]].map(documentOf);
    expect(new Set(documents).size).to.equal(documents.length);
    expect(documents.map(({ paths }) => Object.keys(paths))).to.deep.equal([
      ['/api/door'],
      ['/api/door', '/api/locker'],
      ['/api/door', '/api/locker'],
      ['/api/locker'],
    ]);
  });

  it('is refused each time where two plugins do not fit together', () => {
    const rival = part('rival', '/api/door');
    for (let time = 0; time < 2; time++) {
      expect(() => documentOf([door, rival])).to.throw('GET /api/door, which plugin door has already');
    }
  });
});
