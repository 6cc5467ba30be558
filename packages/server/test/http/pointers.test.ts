/** Every refused request says where it is wrong, in one notation; see `core/src/pointers.ts`. */
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { createCounter } from '../idempotency/counter.js';

describe('where a request is wrong', () => {
  let host: TestHost;
  let token: string;

  before(async () => {
    host = await startTestHost({ plugins: [gym, createCounter().plugin] });
    token = (await host.account('dba')).token;
  });
  after(() => host.stop());

  const accept = 'application/problem+json';
  const pointers = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const json = { 'content-type': 'application/json' };
    const answer = await host.request(method, path, {
      token,
      headers: { accept, ...(body !== undefined && json), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    expect(answer.status, answer.text).to.equal(400);
    return answer.body.errors.map(({ pointer }: { pointer: string }) => pointer);
  };

  it('is told for a place in the body', async () => {
    const data = { name: 'Iron', geoLocation: [0, 91] };
    expect(await pointers('POST', '/api/gym', { operation: 'create', data })).to.deep.equal(['/data/geoLocation/1']);
    expect(await pointers('POST', '/api/admin/restore', {})).to.deep.equal(['/file']);
    expect(await pointers('POST', '/api/admin/restore', [])).to.deep.equal(['']);
  });

  it('is told for a parameter of the query and for a header', async () => {
    expect(await pointers('GET', '/api/gym?find=few')).to.deep.equal(['?find']);
    expect(await pointers('GET', '/api/gym?after=17x')).to.deep.equal(['?after']);
    expect(await pointers('GET', '/api/gym?colour=red')).to.deep.equal(['?colour']);
    expect(await pointers('DELETE', '/api/admin/collection/gym')).to.deep.equal(['?confirm']);
    expect(await pointers('POST', '/api/count', {}, { 'idempotency-key': 'two words' })).to.deep.equal([
      'Idempotency-Key:',
    ]);
  });
});
