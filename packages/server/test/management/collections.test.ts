/** Emptying a collection: by its name given twice, all or nothing, and never what others refer to. */
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';

describeOnEachDatabase('collections', (fresh) => {
  let host: TestHost;
  let systemAdmin: Account;

  before(async () => {
    host = await startTestHost({ plugins: [gym, merchandise], database: await fresh() });
    systemAdmin = await host.account('system_admin');
    for (const name of ['Iron', 'Steel']) await host.operate('/api/gym', systemAdmin.token, 'create', { name });
    const [first] = (await host.request('GET', '/api/gym', { token: systemAdmin.token })).body.data;
    const sold = await host.operate('/api/merchandise', systemAdmin.token, 'create', {
      name: 'Class',
      type: 1,
      gym: first._id,
    });
    expect(sold.status, sold.text).to.equal(201);
  });
  after(() => host.stop());

  const empty = (query: string) =>
    host.request('DELETE', `/api/admin/collection/${query}`, { token: systemAdmin.token });
  const count = async (path: string): Promise<number> =>
    (await host.request('GET', path, { token: systemAdmin.token })).body.data.length;

  it('are not emptied without their name twice, and accounts never', async () => {
    for (const [query, status] of [
      ['gym', 400],
      ['gym?confirm=', 400],
      ['gym?confirm=merchandise', 400],
      ['gym?confirm=gym&confirm=gym', 400],
      ['gyms?confirm=gyms', 404],
      ['account?confirm=account', 409],
      ['audit_entry?confirm=audit_entry', 404],
      ['refresh_token?confirm=refresh_token', 404],
      [`${encodeURIComponent('gym; drop table gym')}?confirm=${encodeURIComponent('gym; drop table gym')}`, 404],
    ] as const) {
      expect((await empty(query)).status, query).to.equal(status);
    }
    expect([await count('/api/gym'), await count('/api/merchandise')]).to.deep.equal([2, 1]);
  });

  it('are kept while others refer to what is in them; then the whole is gone, and in the audit', async () => {
    const kept = await empty('gym?confirm=gym');
    expect([kept.status, kept.body.exceptionType]).to.deep.equal([409, 'ConflictError']);
    expect(await count('/api/gym')).to.equal(2);
    expect((await empty('merchandise?confirm=merchandise')).body.data).to.deep.equal({
      name: 'merchandise',
      deleted: 1,
    });
    expect((await empty('gym?confirm=gym')).body.data).to.deep.equal({ name: 'gym', deleted: 2 });
    expect((await empty('gym?confirm=gym')).body.data).to.deep.equal({ name: 'gym', deleted: 0 });
    expect([await count('/api/gym'), await count('/api/merchandise')]).to.deep.equal([0, 0]);
    const audit = await host.request('GET', '/api/admin/audit', { token: systemAdmin.token });
    const entries = audit.body.data.map(({ action, object, detail, actor }: Record<string, unknown>) => {
      expect(actor).to.equal(systemAdmin.username);
      return [action, object, detail];
    });
    expect(entries).to.deep.equal([
      ['collection.empty', 'merchandise', { deleted: 1 }],
      ['collection.empty', 'gym', { deleted: 2 }],
      ['collection.empty', 'gym', { deleted: 0 }],
    ]);
  });
});
