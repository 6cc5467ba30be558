/** An operation beside the resources is written short, and spelled out as plain OpenAPI. */
import { expect } from 'chai';
import { base } from '../../src/contract/base.generated.js';
import { expand, type WrittenFragment } from '../../src/generate/resource/expand.js';

const taking = { operationId: 'takeLocker', 'x-privilege': 'player', responses: { '204': { description: 'Taken.' } } };

function spelledOut(path: string, operation: object, fragment: Partial<WrittenFragment> = {}) {
  const written = { tags: [{ name: 'locker' }, { name: 'door' }], ...fragment, paths: { [path]: { post: operation } } };
  return expand(base, written as unknown as WrittenFragment).contract.paths[path]?.post;
}

describe('an operation of a fragment', () => {
  it('has the first tag of the fragment, or its own', () => {
    expect(spelledOut('/api/locker', taking)?.tags).to.deep.equal(['locker']);
    expect(spelledOut('/api/locker', { ...taking, tags: ['door'] })?.tags).to.deep.equal(['door']);
    expect(spelledOut('/api/locker', taking, { tags: [] })).not.to.have.property('tags');
  });

  it('takes an id for each name in its path that it does not describe', () => {
    const user = { name: 'user', in: 'path', required: true, schema: { type: 'string', maxLength: 64 } };
    const id = { $ref: '#/components/parameters/PathId' };
    expect(spelledOut('/api/locker/{id}/{user}', taking)?.parameters).to.deep.equal([id, user]);
    expect(spelledOut('/api/locker', taking)).not.to.have.property('parameters');
  });

  it('keeps the parameters that it describes, there or among the components', () => {
    const door = { name: 'door', in: 'path', required: true, schema: { type: 'integer' } };
    const find = { $ref: '#/components/parameters/Find' };
    expect(spelledOut('/api/{door}', { ...taking, parameters: [door] })?.parameters).to.deep.equal([door]);
    const components = { parameters: { Door: door } };
    const parameters = [{ $ref: '#/components/parameters/Door' }, find];
    expect(spelledOut('/api/{door}', { ...taking, parameters }, { components })?.parameters).to.deep.equal(parameters);
    expect(spelledOut('/api/{id}', { ...taking, parameters: [find] })?.parameters).to.deep.equal([
      { $ref: '#/components/parameters/PathId' },
      find,
    ]);
  });

  it('answers the failures that follow from it', () => {
    const statuses = (operation: object) => Object.keys(spelledOut('/api/locker', operation)?.responses ?? {});
    expect(statuses(taking)).to.have.members(['204', '401', '403', 'default']);
    expect(statuses({ ...taking, 'x-body': { type: 'object' }, 'x-failures': [404] })).to.have.members([
      '204',
      '400',
      '401',
      '403',
      '404',
      'default',
    ]);
    expect(statuses({ ...taking, 'x-privilege': undefined, 'x-public': true })).to.have.members(['204', 'default']);
  });
});
