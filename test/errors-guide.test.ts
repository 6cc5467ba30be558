/** `docs/errors.md` has every error of the code and no other, and its bodies are what a real server answers. */
import { problemTypePrefix } from '@palestra/core';
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { filesBelow, repository } from '../scripts/workspace.js';
import { textOf } from './deploy/files.js';

const guide = textOf('docs/errors.md');
const sections = new Map(
  guide
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text]),
);

/** `code` and `status` of every error that the published sources declare, wherever they are. */
function declared(): [code: string, status: string][] {
  const sources = ['packages/core/src', 'packages/server/src', 'packages/plugins'].flatMap((folder) =>
    filesBelow(repository, folder).filter((path) => path.includes('/src/') && path.endsWith('.ts')),
  );
  return sources
    .filter((path) => !path.includes('.generated.'))
    .flatMap((path) => [...textOf(path).matchAll(/\bcode: '([a-z_]+)',\s*status: (\d{3})/g)])
    .map(([, code = '', status = '']) => [code, status]);
}

describe('the page of errors', () => {
  let host: TestHost;
  before(async () => {
    host = await startTestHost({ plugins: [gym] });
  });
  after(() => host.stop());

  it('has every error that the sources declare, with its status, and no other', () => {
    const onPage = [...sections].map(([code, text]) => [code, /^\| TNT-Backend \| (\d{3}) \|/m.exec(text)?.[1]]);
    expect(onPage.sort()).to.deep.equal(declared().sort());
  });

  it('lists each in its table, which leads to its section', () => {
    const rows = [...guide.matchAll(/^\| \[(\w+)\]\(#(\w+)\)/gm)].map(([, code, anchor]) => [code, anchor]);
    expect(rows).to.deep.equal([...sections.keys()].map((code) => [code, code]));
  });

  const member = async () => (await host.account()).token;
  const asked: Readonly<Record<string, () => ReturnType<TestHost['request']>>> = {
    invalid_request: async () => host.request('POST', '/api/gym', { token: await member(), json: { data: {} } }),
    invalid_operation: async () =>
      host.request('POST', '/api/gym', { token: await member(), json: { operation: 'drop', data: {} } }),
    invalid_resource_creation: async () =>
      host.request('POST', '/api/gym', { token: await owner(), json: { operation: 'create', data: {} } }),
    invalid_resource_parameter: async () =>
      host.request('POST', '/api/gym', {
        token: await owner(),
        json: { operation: 'create', data: { name: 'Oak Hall', colour: 'red' } },
      }),
    resource_not_found: async () => host.request('GET', '/api/gym/000000000009', { token: await member() }),
    token_missing: () => host.request('GET', '/api/profile'),
    token_invalid: () => host.request('GET', '/api/profile', { token: 'a.b.c' }),
    permission_denied: async () => host.request('POST', '/api/admin/backup', { token: await member() }),
    seal_required: () =>
      host.request('POST', '/api/register', { json: { username: 'ada', password: 'correct horse battery' } }),
    seal_invalid: () => host.request('POST', '/api/register', { json: { sealed: 'nonsense' } }),
    not_found: () => host.request('GET', '/api/gyms'),
    method_not_allowed: () => host.request('PUT', '/api/gpk'),
    credentials_missing: () => host.request('GET', '/api/auth'),
  };
  const owner = async () => (await host.account('operator')).token;

  for (const [code, ask] of Object.entries(asked)) {
    it(`prints what the server answers: ${code}`, async () => {
      const { status, body } = await ask();
      expect(sections.get(code)).to.include(`| TNT-Backend | ${status} | \`${JSON.stringify(body)}\` |`);
    });
  }

  it('is where the type of a problem document leads', async () => {
    const accept = 'application/problem+json';
    const { body } = await host.request('GET', '/api/v1/stams/self', { headers: { accept } });
    const [page, code] = body.type.split('#');
    expect([`${page}#`, [...sections.keys()].includes(code)]).to.deep.equal([problemTypePrefix, true]);
    expect(page).to.match(/^https:\/\/.*\/docs\/errors\.md$/);
  });

  it('prints what the Starball API answers', async () => {
    const { status, body } = await host.request('GET', '/api/v1/gyms');
    const printed = sections.get('not_found')?.replaceAll('/api/gyms', '/api/v1/gyms');
    expect(printed).to.include(`| Starball | ${status} | \`${JSON.stringify(body)}\` |`);
  });
});
