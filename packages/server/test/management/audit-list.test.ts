/** `GET /api/admin/audit` beyond one page of the database: whole, in order, and continued by `after`. */
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';

describe('the list of the audit', () => {
  let host: TestHost;
  let token: string;
  const updates = 520;

  before(async () => {
    host = await startTestHost({ plugins: [gym] });
    const admin = await host.account('system_admin');
    token = admin.token;
    const { _id } = (await host.operate('/api/gym', token, 'create', { name: 'Iron' })).body.data;
    for (let at = 0; at < updates; at++) await host.operate('/api/gym', token, 'update', { _id, detail: String(at) });
  });
  after(() => host.stop());

  const list = async (query = '') => (await host.request('GET', `/api/admin/audit${query}`, { token })).body.data;

  it('shows every entry once', async () => {
    const all = await list();
    const ids: string[] = all.map(({ _id }: { _id: string }) => _id);
    expect(ids.length).to.be.at.least(updates);
    expect(new Set(ids).size).to.equal(ids.length);
    expect([...ids].sort()).to.deep.equal(ids);
  });

  it('goes on behind an entry, and ends after so many', async () => {
    const all = await list();
    expect(await list(`?after=${all[9]._id}&find=505`)).to.deep.equal(all.slice(10, 515));
  });
});
