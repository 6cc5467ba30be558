import { expect } from 'chai';
import { RouteTable } from '../../src/contract/route.js';

function table(): RouteTable<string> {
  const routes = new RouteTable<string>();
  routes.add('get', '/api/gym', 'list');
  routes.add('post', '/api/gym', 'operate');
  routes.add('get', '/api/gym/{id}', 'get');
  routes.add('delete', '/api/gym/{id}', 'remove');
  routes.add('get', '/api/gym/mine', 'mine');
  routes.add('get', '/api/teams/{team_id}/players/{user_id}', 'player');
  return routes;
}

describe('the route table', () => {
  const routes = table();

  it('finds exact paths and paths with parameters, literals first', () => {
    expect(routes.match('GET', '/api/gym')).to.deep.equal({ target: 'list', params: {} });
    expect(routes.match('GET', '/api/gym/17')).to.deep.equal({ target: 'get', params: { id: '17' } });
    expect(routes.match('GET', '/api/gym/mine')).to.deep.equal({ target: 'mine', params: {} });
    expect(routes.match('GET', '/api/teams/1/players/2')).to.deep.equal({
      target: 'player',
      params: { team_id: '1', user_id: '2' },
    });
  });

  it('decodes a parameter once, and never across a slash', () => {
    expect(routes.match('GET', '/api/gym/a%20b')).to.deep.equal({ target: 'get', params: { id: 'a b' } });
    expect(routes.match('GET', '/api/gym/%2e%2e%2fetc')).to.deep.equal({ target: 'get', params: { id: '../etc' } });
    expect(routes.match('GET', '/api/gym/%252e')).to.deep.equal({ target: 'get', params: { id: '%2e' } });
  });

  for (const path of [
    '/',
    '/api',
    '/api/gym/',
    '/api/gym//',
    '/API/gym',
    '/api/gym/1/2',
    '//api/gym',
    '/api/gym/%ff',
    '/api/gym;x',
  ]) {
    it(`does not know ${path}`, () => {
      expect(routes.match('GET', path)).to.equal(undefined);
    });
  }

  it('answers HEAD where it answers GET, and says which methods there are', () => {
    expect(routes.match('HEAD', '/api/gym')).to.deep.equal({ target: 'list', params: {} });
    expect(routes.match('TRACE', '/api/gym')).to.deep.equal({ allow: ['GET', 'HEAD', 'POST'] });
    expect(routes.match('PUT', '/api/gym/1')).to.deep.equal({ allow: ['GET', 'HEAD', 'DELETE'] });
  });

  it('refuses two names for one parameter', () => {
    expect(() => table().add('put', '/api/gym/{gym}', 'put')).to.throw('{id}');
  });
});
