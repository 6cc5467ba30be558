import { bodyPointer, headerPointer, pathPointer, queryPointer } from '@palestra/core';
import { expect } from 'chai';

describe('error pointers', () => {
  it('point into the body by RFC 6901', () => {
    expect(bodyPointer()).to.equal('');
    expect(bodyPointer('data', 'schedule', 0, 'start')).to.equal('/data/schedule/0/start');
    expect(bodyPointer('a/b', 'c~d')).to.equal('/a~1b/c~0d');
  });

  it('name parameters as they are written in a request', () => {
    expect([queryPointer('find'), pathPointer('id'), headerPointer('Idempotency-Key')]).to.deep.equal([
      '?find',
      '{id}',
      'Idempotency-Key:',
    ]);
  });
});
