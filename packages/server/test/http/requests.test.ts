/** Requests that are well-formed and up to no good: methods, targets, hosts, paths, and what ends in a log. */
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { pino } from 'pino';
import { send } from './raw.js';

describe('a request', () => {
  let host: TestHost;
  let token: string;
  const lines: string[] = [];

  before(async () => {
    const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
    host = await startTestHost({ plugins: [gym], log });
    token = (await host.account('admin')).token;
  });
  after(() => host.stop());

  const raw = (line: string, headers = 'Host: x\r\n') =>
    send(host.url, `${line} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);

  describe('by another method', () => {
    for (const method of ['TRACE', 'PUT', 'PATCH', 'PROPFIND', 'DELETE']) {
      it(`${method} is refused with what is allowed`, async () => {
        const answer = await raw(`${method} /api/gym`);
        expect(answer.status).to.equal(405);
        expect(answer.text).to.match(/\r\nallow: [^\r]*POST/i);
        expect(answer.text).to.include('MethodNotAllowedError');
      });
    }

    it('CONNECT opens no way to anywhere', async () => {
      const answer = await raw('CONNECT 127.0.0.1:22', 'Host: 127.0.0.1:22\r\n');
      expect(answer.status).to.not.equal(200);
      expect(answer.closed).to.equal(true);
    });

    it('an override in a header or the query changes nothing', async () => {
      const { _id } = (await host.operate('/api/gym', token, 'create', { name: 'Stays' })).body.data;
      for (const header of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
        const answer = await host.request('GET', `/api/gym/${_id}`, { token, headers: { [header]: 'DELETE' } });
        expect(answer.status).to.equal(200);
      }
      expect((await host.request('GET', `/api/gym/${_id}?_method=DELETE`, { token })).status).to.equal(400);
      expect((await host.request('GET', `/api/gym/${_id}`, { token })).status).to.equal(200);
    });

    it('a body with GET is not read', async () => {
      const target = `GET /api/gym HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
      const answer = await send(host.url, `${target}Content-Length: 5\r\nConnection: close\r\n\r\n{"a":`);
      expect(answer.status).to.equal(200);
    });
  });

  it('leaves no email in the log, of a message or of a path', async () => {
    const email = 'anna.muster@club.example';
    const register = async (username: string) => {
      const sealed = await host.seal({ username, password: 'password of anna', email });
      return host.request('POST', '/api/register', { json: { sealed } });
    };
    await register('anna');
    lines.length = 0;
    const taken = await register('berta');
    expect([taken.status, taken.text.includes(email)]).to.deep.equal([409, true]);
    const headers = { authorization: `Basic ${Buffer.from(`${email}:wrong`).toString('base64')}` };
    for (const name of [email, encodeURIComponent(email)]) {
      expect((await host.request('GET', `/api/v1/login/${name}`, { headers })).status).to.be.oneOf([401, 403]);
    }
    const log = lines.join('');
    expect(log).to.contain('Resource exists with name <[email]>').and.contain('/api/v1/login/[email]');
    expect(log).not.to.contain('anna.muster');
  });

  describe('for another host', () => {
    for (const name of ['a@evil', 'evil:80:80', 'evil.example/../', '[::1', '', 'x'.repeat(8000)]) {
      it(`${JSON.stringify(name.slice(0, 20))} gets nothing that names it`, async () => {
        const answer = await raw('GET /openapi.json', `Host: ${name}\r\nX-Forwarded-Host: evil.example\r\n`);
        expect(answer.status).to.be.oneOf([200, 400]);
        expect(answer.text).not.to.include('evil');
        expect(answer.text.toLowerCase()).not.to.include('\r\nlocation:');
      });
    }

    it('an absolute target is read as its path', async () => {
      const answer = await raw('GET http://evil.example/livez');
      expect(answer.status).to.be.oneOf([200, 404]);
      expect(answer.text).not.to.include('evil');
      for (const target of ['//evil.example/%2e%2e', '/\\evil.example', 'javascript:alert(1)', '*']) {
        const redirected = await raw(`GET ${target}`);
        expect(redirected.status, target).to.be.oneOf([400, 404]);
        expect(redirected.text.toLowerCase()).not.to.include('\r\nlocation:');
      }
    });

    it('no host at all is refused', async () => {
      expect((await send(host.url, 'GET /livez HTTP/1.1\r\n\r\n')).status).to.equal(400);
    });
  });

  describe('with a path', () => {
    for (const path of [
      '/api/..%2f..%2fetc/passwd',
      '/api/../../etc/passwd',
      '/docs/..%2f..%2fpackage.json',
      '/docs/%2e%2e/package.json',
      '/api/gym/%00',
      '/api/gym/%',
      '/api/gym/%zz',
      '/api/gym/%c0%ae%c0%ae',
      '/api/gym/%ff',
      '//api/gym',
      '/api//gym',
      '/api/gym/',
      '/api/gym;x=1',
      '/API/GYM',
      '/api/gym/000000000001/..',
      '/__proto__',
      '/api/gym/__proto__',
      '/api/gym/constructor',
      `/${'a'.repeat(8000)}`,
    ]) {
      it(`${path.slice(0, 30)} is not there`, async () => {
        const target = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;
        const answer = await send(host.url, target);
        expect(answer.status, answer.text.slice(0, 300)).to.be.oneOf([400, 404, 414]);
        expect(answer.text).not.to.match(/root:|node_modules|packages\//);
      });
    }
  });

  describe('with a query', () => {
    for (const query of ['keyword=%FF', 'keyword=Stra%DFe', 'keyword=%ED%A0%80', 'keyword=%C3&find=%B6', '%FF=1']) {
      it(`${query} is refused, since it is not UTF-8`, async () => {
        const { status, body } = await host.request('GET', `/api/discovery/gym?${query}`);
        expect([status, body.exceptionMessage]).to.deep.equal([400, 'The query is not UTF-8.']);
      });
    }

    it('is taken where it is, also with percent signs that encode nothing', async () => {
      await host.operate('/api/gym', token, 'create', { name: '100% Öl %zz %' });
      for (const keyword of ['%C3%96l', '%c3%b6L', 'Öl', '100%+%C3%B6', '%zz%20%']) {
        const { status, body } = await host.request('GET', `/api/discovery/gym?keyword=${keyword}`);
        expect([status, body.data?.length], keyword).to.deep.equal([200, 1]);
      }
    });
  });

  it('is refused by a problem document if Accept names that media type', async () => {
    const asked: readonly (readonly [accept: string, problem: boolean])[] = [
      ['application/problem+json', true],
      ['Application/Problem+JSON', true],
      ['text/html, application/problem+json ; q=0.5', true],
      ['application/problem+json;charset=utf-8', true],
      ['application/problem+json;q=0.001', true],
      ['application/json, application/problem+json;q=0', false],
      ['application/problem+json; Q=0.000, */*', false],
      ['application/problem+json-seq', false],
      ['x-application/problem+json', false],
      ['*/*', false],
      ['application/json', false],
    ];
    for (const [accept, problem] of asked) {
      const answer = await host.request('GET', '/api/gym/1', { headers: { accept } });
      expect([answer.status, 'requestId' in answer.body, 'success' in answer.body], accept).to.deep.equal([
        ...[401, problem],
        !problem,
      ]);
    }
  });

  describe('in the log', () => {
    const logged = async (act: () => Promise<unknown>): Promise<string[]> => {
      lines.length = 0;
      await act();
      for (const line of lines) {
        expect(line.endsWith('\n')).to.equal(true);
        expect(
          [...line.slice(0, -1)].filter((character) => character < ' '),
          'control characters',
        ).to.deep.equal([]);
        expect(() => JSON.parse(line)).not.to.throw();
      }
      return [...lines];
    };

    it('stays one line of JSON, whatever its values are', async () => {
      const found = await logged(async () => {
        const name = 'a\r\n{"level":60,"msg":"forged"}\u001b[31m\u0000';
        const sealed = await host.seal({ username: name, password: 'long enough' });
        await host.request('POST', '/api/register', { json: { sealed } });
        await host.operate('/api/gym', token, 'drop\r\nforged', {});
        await host.operate('/api/gym', token, 'create', { name, 'x\r\ny': 1 });
        await raw('GET /api/gym/%0d%0aforged', 'Host: x\r\nUser-Agent: a\u001b[31m"}\r\n');
      });
      expect(found.length).to.be.greaterThan(2);
      expect(found.filter((line) => JSON.parse(line).msg === 'forged')).to.deep.equal([]);
    });

    it("has the caller's request id if it is sane, else another", async () => {
      for (const id of ['7', 'client-request-0001', 'a.b_c:d-E', 'x'.repeat(128)]) {
        const answer = await host.request('GET', '/api/gym', { headers: { 'x-request-id': id } });
        expect(answer.headers.get('x-request-id')).to.equal(id);
      }
      for (const odd of ['', 'has space in it', '{"a":"b"}-long', 'x'.repeat(129), '../../etc/passwd', 'ünïcödé-id']) {
        const answer = await host.request('GET', '/api/gym', {
          headers: { 'x-request-id': Buffer.from(odd).toString('latin1') },
        });
        expect(answer.headers.get('x-request-id'), odd).to.match(/^[0-9a-f-]{36}$/);
      }
      const split = await raw('GET /livez', 'Host: x\r\nX-Request-Id: abcdefgh\rX-Evil: 1\r\n');
      expect(split.text.toLowerCase()).not.to.include('\nx-evil');
    });

    it('shows neither a credential nor a token', async () => {
      const secret = 'canary-password-of-a-member';
      const found = await logged(async () => {
        await host.request('POST', '/api/register', { json: { username: 'plain', password: secret } });
        await host.request('GET', '/api/gym', { headers: { authorization: `Bearer ${secret}` } });
        await host.request('GET', `/api/gym?access_token=${secret}`);
        await host.request('POST', '/api/refresh', { json: { refresh_token: secret } });
        await host.request('GET', '/api/auth', {
          headers: { authorization: `tnt-admin-auth-scheme ${Buffer.from(`dba:${secret}`).toString('base64')}` },
        });
      });
      expect(found.map((line) => JSON.parse(line).status)).to.deep.equal([400, 401, 401, 401, 401]);
      expect(found.join('')).not.to.include(secret);
    });
  });

  describe('is answered', () => {
    it('so that caches do not keep it and browsers do not guess its type', async () => {
      for (const answer of [
        await host.request('GET', '/api/gym', { token }),
        await host.request('GET', '/api/gym'),
        await host.request('GET', '/api/nothing'),
      ]) {
        expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
        expect(answer.headers.get('cache-control')).to.equal('no-store');
      }
      expect((await host.request('GET', '/api/gpk')).headers.get('cache-control')).to.include('max-age');
    });

    it('without a stack, a path or a library', async () => {
      for (const answer of [await raw('GET /api/gym/%'), await raw('BREW /api/gym'), await raw('GET /%%%')]) {
        expect(answer.text).not.to.match(/ at |node_modules|\.ts|\.js|koa|x-powered-by/i);
      }
    });
  });
});
