/** Other origins: those that are named, exactly as they are named, and no others. */
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { createCors } from '../../src/http/cors.js';

const app = 'https://app.club.example';

describe('cors', () => {
  let open: TestHost;
  let closed: TestHost;

  before(async () => {
    open = await startTestHost({ plugins: [gym], cors: { origins: [app, 'http://localhost:8080'] } });
    closed = await startTestHost({ plugins: [gym] });
  });
  after(async () => {
    await open.stop();
    await closed.stop();
  });

  const preflight = (host: TestHost, origin: string, headers: Record<string, string> = {}) =>
    host.request('OPTIONS', '/api/gym', {
      headers: { origin, 'access-control-request-method': 'POST', ...headers },
    });
  const corsHeaders = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith('access-control'));

  it('lets a named origin call, and read what a client needs', async () => {
    const answer = await open.request('GET', '/api/discovery/gym', { headers: { origin: app } });
    expect(answer.headers.get('access-control-allow-origin')).to.equal(app);
    expect(answer.headers.get('access-control-expose-headers')?.split(', ')).to.have.members([
      'Date',
      'Deprecation',
      'ETag',
      'Idempotency-Replayed',
      'Link',
      'Location',
      'Retry-After',
      'Sunset',
      'WWW-Authenticate',
      'X-Request-Id',
    ]);
    expect(answer.headers.get('access-control-allow-credentials')).to.equal(null);
    expect(answer.headers.get('vary')).to.include('Origin');
    const failed = await open.request('GET', '/api/gym', { headers: { origin: app } });
    expect(failed.status).to.equal(401);
    expect(failed.headers.get('access-control-allow-origin')).to.equal(app);
  });

  it('answers a preflight with methods and headers that are ours, not with those asked for', async () => {
    const answer = await preflight(open, app, { 'access-control-request-headers': 'x-evil, authorization' });
    expect(answer.status).to.equal(204);
    expect(answer.headers.get('access-control-allow-methods')).to.include('DELETE');
    const headers = answer.headers.get('access-control-allow-headers') ?? '';
    expect(headers).to.include('Authorization').and.include('Idempotency-Key');
    expect(headers.toLowerCase()).not.to.include('evil');
  });

  for (const origin of [
    'https://evil.example',
    'null',
    'https://app.club.example.evil.example',
    'https://evil-app.club.example',
    'https://app.club.example:8443',
    'http://app.club.example',
    'https://APP.club.example',
    'https://app.club.example/',
    'https://app.club.example https://evil.example',
    '*',
    '',
  ]) {
    it(`says nothing to ${JSON.stringify(origin)}`, async () => {
      for (const answer of [
        await open.request('GET', '/api/discovery/gym', { headers: { origin } }),
        await preflight(open, origin),
      ]) {
        expect(corsHeaders(answer.headers)).to.deep.equal([]);
        expect(answer.headers.get('vary')).to.include('Origin');
      }
    });
  }

  it('says nothing to anybody unless it is told', async () => {
    for (const answer of [
      await closed.request('GET', '/api/discovery/gym', { headers: { origin: app } }),
      await preflight(closed, app),
    ]) {
      expect(corsHeaders(answer.headers)).to.deep.equal([]);
    }
  });

  it('takes only what a browser sends as an origin', () => {
    for (const wrong of [
      '*',
      'app.club.example',
      `${app}/`,
      `${app}/path`,
      'null',
      'file://',
      'https://*.club.example',
    ]) {
      expect(() => createCors({ origins: [wrong] }), wrong).to.throw('An origin is like');
    }
  });
});
