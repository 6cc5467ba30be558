/** The pages beside the API: one document from memory, known by its ETag, and the way to the docs. */
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { send } from './raw.js';

describe('the pages', () => {
  let host: TestHost;
  before(async () => {
    host = await startTestHost({ plugins: [] });
  });
  after(() => host.stop());

  it('give the document with an ETag, and 304 to a reader who has it', async () => {
    const first = await host.request('GET', '/openapi.json');
    const etag = first.headers.get('etag') ?? '';
    expect(first.status).to.equal(200);
    expect(first.body).to.have.property('openapi', '3.1.0');
    const again = await host.request('GET', '/openapi.json', { headers: { 'if-none-match': etag } });
    expect(again.status).to.equal(304);
    expect(again.text).to.equal('');
    const other = await host.request('GET', '/openapi.json', { headers: { 'if-none-match': '"another"' } });
    expect(other.text).to.equal(first.text);
  });

  it('give the files of the docs page with an ETag too, and no other file', async () => {
    const { status, headers } = await host.request('GET', '/docs/docs.js');
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.equal('text/javascript; charset=utf-8');
    const again = await host.request('GET', '/docs/docs.js', {
      headers: { 'if-none-match': headers.get('etag') ?? '' },
    });
    expect(again.status).to.equal(304);
    for (const name of ['package.json', 'constructor', '..%2Fpackage.json']) {
      expect((await host.request('GET', `/docs/${name}`)).status).to.equal(404);
    }
  });

  it('do not put a host that the request target names into the document', async () => {
    const { text } = await send(
      host.url,
      'GET http://evil.example/openapi.json HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
    );
    expect(text).to.match(/^HTTP\/1\.1 200/);
    expect(text).not.to.include('evil.example');
  });

  it('lead a browser from the root to the docs, and tell a program that there is nothing', async () => {
    const { hostname, port } = new URL(host.url);
    const ask = (accept: string) =>
      send(`http://${hostname}:${port}`, `GET / HTTP/1.1\r\nhost: a\r\naccept: ${accept}\r\nconnection: close\r\n\r\n`);
    const browser = await ask('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8');
    expect(browser.status).to.equal(302);
    expect(browser.text).to.match(/\r\nlocation: \/docs\r\n/i);
    expect((await ask('*/*')).status).to.equal(404);
    expect((await ask('application/json')).status).to.equal(404);
  });
});
