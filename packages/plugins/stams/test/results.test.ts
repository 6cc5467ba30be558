/** Results in pages: one page is made at a time, whatever is shown of it. */
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { createResults, type ResultParts } from '../src/devices/results.js';
import { type StamsHost, startStamsHost } from './stams-host.js';

describe('the results of a STAMS that had another operator', () => {
  const count = 450;
  let host: StamsHost;
  before(async () => {
    host = await startStamsHost();
  });
  after(() => host.stop());

  it('are given page by page, also those of which nothing is shown', async () => {
    const club = await host.club();
    const { uid } = await host.device(club);
    const database = host.palestra.database();
    const rows = Array.from({ length: count }, () => {
      const result_uid = randomUUID();
      const result = JSON.stringify({ result_uid });
      return { stams_id: uid, result_uid, operator_id: club.id, player_id: null, received_at: 1, result };
    });
    await database.knex.batchInsert('stams_result', rows, 100);
    const { list } = createResults({ database } as ResultParts);
    const sizes = async (operatorId: number) => {
      const found: number[] = [];
      for await (const page of list(uid, { find: 0, after: 0, operatorId })) found.push(page.length);
      return found;
    };
    expect(await sizes(club.id)).to.deep.equal([200, 200, 50]);
    expect(await sizes(club.id + 1)).to.deep.equal([0, 0, 0]);
  });
});
