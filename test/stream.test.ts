/** `find: 0` means all, however many: the server's memory stays flat, and others are answered meanwhile. */
import { expect } from 'chai';
import { openDatabase } from '../benchmarks/harness/databases.js';
import { type ServerProcess, startServerProcess } from '../benchmarks/harness/processes.js';
import { countStreamed, fillGyms, fillWideGyms } from '../benchmarks/harness/rows.js';
import { removalOf } from '../packages/server/src/database/sqlite-text-index-definition.js';

describe('a long list', () => {
  const rows = 100_000;
  let server: ServerProcess;
  let token: string;

  before(async () => {
    server = await startServerProcess();
    token = await server.signIn();
    const database = await openDatabase(`sqlite:${server.dataDir}/palestra.sqlite`);
    // What keeps the index of texts, which a whole list does not use, would take most of the time.
    for (const sql of removalOf('gym')) await database.execute(sql);
    await fillGyms(database, rows);
    await database.close();
  });
  after(() => server.stop());

  const query = (data: object) =>
    fetch(`${server.url}/api/gym`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ operation: 'query', data }),
    });

  it('streams all of it in flat memory while other requests are answered', async () => {
    const before = server.memory();
    let peak = before;
    let streaming = true;
    const counted = query({ find: 0 })
      .then((response) =>
        countStreamed(response, () => {
          peak = Math.max(peak, server.memory());
        }),
      )
      .finally(() => {
        streaming = false;
      });
    let answered = 0;
    while (streaming) {
      const { status } = await fetch(`${server.url}/api/discovery/gym?find=1`);
      expect(status).to.equal(200);
      answered += 1;
    }
    expect(await counted).to.equal(rows);
    expect((peak - before) / 2 ** 20).to.be.lessThan(100);
    expect(answered).to.be.greaterThan(10);
  });

  it('stops reading when the client goes away', async () => {
    const response = await query({});
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    const before = server.cpu();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((server.cpu() - before) / 1000, 'ms of CPU afterwards').to.be.lessThan(400);
    expect((await query({ find: 1 })).status).to.equal(200);
  });
});

describe('lists of wide rows', () => {
  /** Gyms as large as the contract allows: 10,000 characters of detail, two logos of 32,768. */
  const rows = 80;
  const readers = 20;
  let server: ServerProcess;
  let token: string;

  before(async () => {
    // A heap that has no room for what the readers ask for together, which is 120 MB.
    server = await startServerProcess({}, { nodeArgs: ['--max-old-space-size=96'] });
    token = await server.signIn();
    const database = await openDatabase(`sqlite:${server.dataDir}/palestra.sqlite`);
    await fillWideGyms(database, rows);
    await database.close();
  });
  after(() => server.stop());

  it('are sent to many slow readers at once by a server with a small heap', async () => {
    const list = () => fetch(`${server.url}/api/gym?find=0`, { headers: { authorization: `Bearer ${token}` } });
    // All of them have begun before any reads on.
    const answers = await Promise.all(Array.from({ length: readers }, list));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(readers).fill(200));
    expect((await fetch(`${server.url}/livez`)).status).to.equal(200);
    const counted = await Promise.all(answers.map((answer) => countStreamed(answer, () => undefined)));
    expect(counted).to.deep.equal(Array(readers).fill(rows));
    expect((await fetch(`${server.url}/livez`)).status).to.equal(200);
  });
});
