/** Lists: awaited they are one request, iterated they are pages, and lazy either way. */
import { type Client, type ClientError, createClient } from '@palestra/client';
import { expect } from 'chai';
import fc from 'fast-check';
import { failureOf, ok, problem, type Sent, Wire } from './wire.js';

const all = Array.from({ length: 25 }, (_, index) => ({ _id: String(index + 1).padStart(12, '0') }));

function answer({ query, body }: Sent) {
  const data = (body as { data?: { find?: number; after?: string } } | undefined)?.data;
  const find = Number(query.get('find') ?? data?.find ?? 0);
  const after = query.get('after') ?? data?.after ?? '';
  const behind = all.filter(({ _id }) => _id > after);
  return ok(find === 0 ? behind : behind.slice(0, find));
}

const numbers = (items: readonly { _id: string }[]) => items.map(({ _id }) => Number(_id));

/** At most a thousand: a list that does not end is cut. */
async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const result: Item[] = [];
  for await (const item of items) if (result.push(item) > 1_000) throw new Error('It does not end.');
  return result;
}

describe('lists', () => {
  let wire: Wire;
  let client: Client;

  beforeEach(() => {
    wire = new Wire().on('GET /api/gym', answer).on('POST /api/gym', answer).on('GET /api/discovery/gym', answer);
    client = createClient(wire.options());
  });

  it('are one request when awaited: all, or what find and after say', async () => {
    expect(await client.gym.list()).to.have.length(25);
    expect(numbers(await client.gym.list({ find: 3, after: all[9]?._id }))).to.deep.equal([11, 12, 13]);
    expect(wire.sent).to.have.length(2);
    expect([...(wire.sent[0]?.query ?? [])]).to.deep.equal([]);
  });

  it('are pages when iterated, each behind the last one', async () => {
    expect(numbers(await collect(client.gym.list({}, { pageSize: 10 })))).to.deep.equal(numbers(all));
    const asked = wire.sent.map(({ query }) => [query.get('find'), query.get('after')]);
    expect(asked).to.deep.equal([
      ['10', null],
      ['10', all[9]?._id],
      ['10', all[19]?._id],
    ]);
  });

  it('end after find items', async () => {
    const twelve = await collect(client.gym.list({ find: 12 }, { pageSize: 10 }));
    expect(numbers(twelve)).to.deep.equal(numbers(all.slice(0, 12)));
    expect(wire.sent.map(({ query }) => query.get('find'))).to.deep.equal(['10', '2']);
  });

  it('take find: 0 for all, as the wire does', async () => {
    expect(await collect(client.gym.list({ find: 0 }, { pageSize: 10 }))).to.have.length(25);
  });

  it('give page after page', async () => {
    const sizes = (await collect(client.gym.list({}, { pageSize: 10 }).pages())).map((page) => page.length);
    expect(sizes).to.deep.equal([10, 10, 5]);
  });

  it('stop asking when the loop stops', async () => {
    for await (const gym of client.gym.list({}, { pageSize: 10 })) if (gym._id === all[4]?._id) break;
    expect(wire.sent).to.have.length(1);
  });

  it('send nothing before they are awaited, and once however often they are', async () => {
    const list = client.gym.query({ name: { contains: 'iron' }, find: 20 });
    expect(wire.sent).to.have.length(0);
    const [first, second] = [await list, await list];
    expect(second).to.equal(first);
    expect(wire.sent.map(({ body }) => body)).to.deep.equal([
      { operation: 'query', data: { name: { contains: 'iron' }, find: 20 } },
    ]);
  });

  it('keep the criteria on every page', async () => {
    await collect(client.gym.query({ name: { contains: 'iron' } }, { pageSize: 20 }));
    await collect(client.discovery.gyms({ near: [13.055, 1e-7], max: 500 }, { pageSize: 20 }));
    const [, second, , fourth] = wire.sent;
    expect(second?.body).to.deep.equal({
      operation: 'query',
      data: { name: { contains: 'iron' }, find: 20, after: all[19]?._id },
    });
    expect(Object.fromEntries(fourth?.query ?? [])).to.deep.equal({
      near: '13.0550000,0.0000001',
      max: '500',
      find: '20',
      after: all[19]?._id,
    });
  });

  it('ask for the same point whether awaited or iterated, whatever the coordinate', async () => {
    const degrees = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true });
    await fc.assert(
      fc.asyncProperty(degrees(180), degrees(90), async (longitude, latitude) => {
        const from = wire.sent.length;
        const near = [longitude, latitude] as const;
        await client.discovery.gyms({ near });
        await collect(client.discovery.gyms({ near }, { pageSize: 100 }));
        const [awaited, iterated] = wire.sent.slice(from).map(({ query }) => query.get('near'));
        expect(awaited)
          .to.match(/^-?\d{1,3}\.\d{7},-?\d{1,2}\.\d{7}$/)
          .and.to.equal(iterated);
        const [sentLongitude, sentLatitude] = (awaited ?? '').split(',').map(Number);
        expect(sentLongitude).to.be.closeTo(longitude, 1e-7);
        expect(sentLatitude).to.be.closeTo(latitude, 1e-7);
      }),
      { numRuns: 200 },
    );
  });

  it('have catch and finally, and may be awaited again after a failure', async () => {
    wire.on('GET /api/gym', problem('internal'), answer);
    const list = client.gym.list();
    let ended = 0;
    const failed = await list.catch((error: ClientError) => error.kind);
    expect(failed).to.equal('server');
    const whole = await list.finally(() => {
      ended += 1;
    });
    expect([whole.length, ended]).to.deep.equal([25, 1]);
  });

  describe('end with an error', () => {
    const malformed = { kind: 'protocol', code: 'answer_malformed' };
    const endless = (answer: (sent: Sent) => ReturnType<typeof ok>) => {
      wire.on('GET /api/gym', answer);
      return failureOf(collect(client.gym.list({}, { pageSize: 2 })));
    };

    it('at a server that ignores `after`, before an item comes twice', async () => {
      wire.on('GET /api/gym', ok(all.slice(0, 2)));
      const seen: number[] = [];
      const reading = async () => {
        for await (const { _id } of client.gym.list({}, { pageSize: 2 })) {
          if (seen.push(Number(_id)) > 100) throw new Error('It does not end.');
        }
      };
      expect(await failureOf(reading())).to.include(malformed);
      expect(seen).to.deep.equal([1, 2]);
      expect(wire.sent).to.have.length(2);
    });

    it('at a server whose pages go round in a circle', async () => {
      let page = 0;
      expect(await endless(() => ok(all.slice((page++ % 3) * 2, (page % 3 || 3) * 2)))).to.include(malformed);
      expect(wire.sent).to.have.length(4);
    });

    it('at one that ignores `find`', async () => {
      expect(await endless(() => ok(all))).to.include(malformed);
    });

    it('at items without an id', async () => {
      expect(await endless(() => ok([{}, {}]))).to.include(malformed);
      expect(await endless(() => ok([null, null]))).to.include(malformed);
    });
  });
});
