import type { ContractFragment, OperationObject } from '@palestra/core';
import { expect } from 'chai';
import { base } from '../../src/contract/base.generated.js';
import { composeDocument } from '../../src/contract/compose.js';

function fragment(operation: Partial<OperationObject>, path = '/api/thing'): ContractFragment {
  const whole = { operationId: 'listThings', responses: { '200': { description: 'ok' } }, ...operation };
  return { paths: { [path]: { get: whole } } };
}

const composing = (...contracts: ContractFragment[]) =>
  composeDocument(
    base,
    contracts.map((contract, index) => ({ name: `plugin${index}`, contract })),
  );

describe('compose', () => {
  it('puts fragments together', () => {
    const document = composing(
      fragment({ 'x-public': true }),
      fragment({ operationId: 'getThing', 'x-privilege': 'player' }, '/api/thing/{id}'),
    );
    expect(Object.keys(document.paths)).to.deep.equal(['/api/thing', '/api/thing/{id}']);
    expect(document.components?.schemas).to.include.keys('Failure', 'Problem');
  });

  const refused: [string, ContractFragment[], string][] = [
    ['an operation with neither privilege nor public', [fragment({})], 'exactly one of x-privilege and x-public'],
    ['one with both', [fragment({ 'x-public': true, 'x-privilege': 'admin' })], 'exactly one'],
    [
      'an unknown privilege',
      [fragment({ 'x-privilege': 'root' as 'dba' })],
      'unknown x-privilege "root"; there are dba, system_admin, admin, operator, coach, player, guest, stams_io, secure_provisioner.',
    ],
    [
      'an unknown privilege in a map',
      [fragment({ 'x-privilege': { query: 'root' as 'dba' } })],
      'unknown x-privilege "root"; there are dba',
    ],
    ['an empty map', [fragment({ 'x-privilege': {} })], 'unknown x-privilege'],
    [
      'an operation twice',
      [fragment({ 'x-public': true }), fragment({ 'x-public': true, operationId: 'other' })],
      'plugin1 describes GET /api/thing, which plugin plugin0 has already',
    ],
    [
      'an operationId twice',
      [fragment({ 'x-public': true }), fragment({ 'x-public': true }, '/api/other')],
      'operationId listThings',
    ],
    [
      'a component twice',
      [{ ...fragment({ 'x-public': true }), components: { schemas: { Failure: {} } } }],
      'schemas/Failure a second time',
    ],
  ];
  for (const [what, contracts, message] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => composing(...contracts)).to.throw(message);
    });
  }
});
