/** Merchandise: its fields, whose gym it belongs to, and discovery for guests. */
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';

describeOnEachDatabase('merchandise', (fresh) => {
  let host: TestHost;
  let owner: Account;
  let other: Account;
  let player: Account;
  let gymId: string;

  before(async () => {
    host = await startTestHost({ plugins: [gym, merchandise], database: await fresh() });
    [owner, other, player] = await Promise.all([
      host.account('operator'),
      host.account('operator'),
      host.account('player'),
    ]);
    gymId = (await host.operate('/api/gym', owner.token, 'create', { name: 'Iron Temple' })).body.data._id;
  });
  after(() => host.stop());

  const create = (data: object, token = owner.token) => host.operate('/api/merchandise', token, 'create', data);
  const thing = (more: object = {}) => ({ name: `Thing ${Math.random()}`, type: 1, gym: gymId, ...more });

  it('gives every field back as it was sent', async () => {
    const sent = {
      name: 'Ten yoga classes',
      type: 1,
      gym: gymId,
      price: { amount: 9900, currency: 'EUR' },
      count: 10,
      stock: 25,
      tag: 'yoga',
      summary: 'Ten times calm',
      detail: 'Mats are there.',
      expiryInfo: { startDate: '2026-01-01', expiryDate: '2026-12-31T23:59:59Z' },
      schedule: [{ start: '2026-01-05T18:00:00+01:00', end: '2026-01-05T19:00:00+01:00' }],
      imageURLs: ['https://example.com/1.png'],
    };
    const answer = await create(sent);
    expect(answer.status).to.equal(201);
    expect(answer.body.data).to.deep.include(sent);
  });

  it('is free for an amount of 0', async () => {
    const price = { amount: 0, currency: 'EUR' };
    const { status, body } = await create(thing({ price }));
    expect([status, body.data.price]).to.deep.equal([201, price]);
  });

  it('has unlimited visits and stock by default, and no pictures for an empty string', async () => {
    const { body } = await create(thing({ imageURLs: '' }));
    expect(body.data).to.deep.include({ count: -1, stock: null, price: null, imageURLs: [], schedule: [] });
  });

  const refused: [what: string, more: object, type: string, message: RegExp][] = [
    ['no type', { type: undefined }, 'InvalidResourceCreationError', /^type is required for creating Merchandise$/],
    ['no gym', { gym: undefined }, 'InvalidResourceCreationError', /^gym is required for creating Merchandise$/],
    ['another type', { type: 3 }, 'InvalidRequestError', /type/],
    ['a gym there is not', { gym: '424242' }, 'InvalidResourceParameterError', /^gym cannot be found in Merchandise$/],
    ['a broken amount', { price: { amount: 9.5, currency: 'EUR' } }, 'InvalidRequestError', /price.amount/],
    ['a negative amount', { price: { amount: -1, currency: 'EUR' } }, 'InvalidRequestError', /price.amount/],
    ['an amount as text', { price: { amount: '5', currency: 'EUR' } }, 'InvalidRequestError', /price.amount/],
    ['no currency', { price: { amount: 5 } }, 'InvalidResourceCreationError', /price.currency/],
    ['an unknown currency', { price: { amount: 5, currency: 'XYZ' } }, 'InvalidRequestError', /price.currency/],
    [
      'more in a price',
      { price: { amount: 5, currency: 'EUR', vat: 1 } },
      'InvalidResourceParameterError',
      /price.vat/,
    ],
    ['a count below -1', { count: -2 }, 'InvalidRequestError', /count/],
    ['a count of 2^53', { count: 2 ** 53 }, 'InvalidRequestError', /count/],
    ['a negative stock', { stock: -1 }, 'InvalidRequestError', /stock/],
    [
      'a day there is not',
      { expiryInfo: { startDate: '2026-02-30', expiryDate: '2026-03-01' } },
      'InvalidRequestError',
      /expiryInfo/,
    ],
    [
      'a leap second, which no purchase could be compared with',
      { expiryInfo: { startDate: '2027-06-30T23:59:60Z', expiryDate: '2100-01-01T00:00:00Z' } },
      'InvalidRequestError',
      /expiryInfo/,
    ],
    [
      'a leap second in a schedule',
      { schedule: [{ start: '2027-06-30T18:59:60-05:00', end: '2100-01-01T00:00:00Z' }] },
      'InvalidRequestError',
      /schedule/,
    ],
    [
      'an end before its start',
      { expiryInfo: { startDate: '2026-03-02', expiryDate: '2026-03-01' } },
      'InvalidRequestError',
      /expiryInfo/,
    ],
    ['a duration of 0', { expiryInfo: { duration: 0 } }, 'InvalidRequestError', /expiryInfo/],
    ['text for pictures', { imageURLs: 'x' }, 'InvalidRequestError', /imageURLs/],
  ];
  for (const [what, more, type, message] of refused) {
    it(`refuses ${what}`, async () => {
      const answer = await create(thing(more));
      expect([answer.status, answer.body.exceptionType]).to.deep.equal([400, type]);
      expect(answer.body.exceptionMessage).to.match(message);
    });
  }

  it('is sold only by the owner of the gym and by admins', async () => {
    const admin = await host.account('admin');
    expect((await create(thing(), other.token)).status).to.equal(403);
    expect((await create(thing(), player.token)).status).to.equal(403);
    expect((await create(thing(), admin.token)).status).to.equal(201);
    const { body } = await create(thing());
    const change = { _id: body.data._id, tag: 'new' };
    expect((await host.operate('/api/merchandise', other.token, 'update', change)).status).to.equal(403);
    expect((await host.operate('/api/merchandise', owner.token, 'update', change)).body.data.tag).to.equal('new');
  });

  it('moves only between gyms that both belong to the caller', async () => {
    const gymOf = async (token: string, name: string) =>
      (await host.operate('/api/gym', token, 'create', { name })).body.data._id;
    const [foreign, own] = [await gymOf(other.token, 'Foreign'), await gymOf(owner.token, 'Own')];
    const { _id } = (await create(thing())).body.data;
    const move = (gym: string, token = owner.token) => host.operate('/api/merchandise', token, 'update', { _id, gym });
    expect((await move(foreign)).status).to.equal(403);
    expect((await move(foreign, other.token)).status).to.equal(403);
    expect((await move(own)).body.data.gym).to.equal(own);
  });

  it('has a name unique within its gym', async () => {
    const second = (await host.operate('/api/gym', owner.token, 'create', { name: 'Second' })).body.data._id;
    expect((await create(thing({ name: 'Same' }))).status).to.equal(201);
    expect((await create(thing({ name: 'Same', gym: second }))).status).to.equal(201);
    const again = await create(thing({ name: 'Same' }));
    expect(again.body.exceptionMessage).to.equal('Resource exists with name <Same> for Merchandise');
  });

  it('is queried by its fields', async () => {
    await create(thing({ name: 'Find me', price: { amount: 123, currency: 'CHF' }, tag: 'Tag%' }));
    const found = async (criteria: object) => {
      const { body } = await host.operate('/api/merchandise', player.token, 'query', criteria);
      return body.data.map(({ name }: { name: string }) => name);
    };
    expect(await found({ price: { equals: { amount: 123, currency: 'CHF' } } })).to.deep.equal(['Find me']);
    expect(await found({ price: { equals: { currency: 'CHF', amount: 123 } } })).to.deep.equal(['Find me']);
    expect(await found({ tag: { contains: 'g%' }, gym: { equals: gymId } })).to.deep.equal(['Find me']);
    expect(await found({ type: { equals: 2 } })).to.deep.equal([]);
  });
});

describeOnEachDatabase('discovery', (fresh) => {
  let host: TestHost;
  const ids: Record<string, string> = {};

  /** North of Salzburg, by kilometres. */
  const places: Record<string, number | undefined> = {
    Near: 1,
    Middle: 10,
    Far: 100,
    Farther: 2000,
    Nowhere: undefined,
  };

  before(async () => {
    host = await startTestHost({ plugins: [gym, merchandise], database: await fresh() });
    const owner = await host.account('operator');
    for (const [name, kilometres] of Object.entries(places)) {
      const { body } = await host.operate('/api/gym', owner.token, 'create', {
        name,
        email: `${name}@example.com`,
        ...(kilometres !== undefined && { geoLocation: [13, 47 + kilometres / 111.195] }),
        announcements: [
          { scope: 1, text: 'members' },
          { scope: 2, text: 'everyone' },
        ],
      });
      ids[name] = body.data._id;
      for (const item of ['Pass', 'Class']) {
        await host.operate('/api/merchandise', owner.token, 'create', {
          name: `${item} ${name}`,
          type: 2,
          gym: body.data._id,
        });
      }
    }
  });
  after(() => host.stop());

  const discover = (path: string) => host.request('GET', `/api/discovery/${path}`);
  const names = async (path: string) => (await discover(path)).body.data.map(({ name }: { name: string }) => name);

  it('shows guests the public fields and nothing else', async () => {
    const { body } = await discover('gym?find=1');
    expect(body.data[0]).not.to.have.any.keys('email', 'owner', 'createdDate');
    expect(body.data[0].announcements).to.deep.equal([{ scope: 2, text: 'everyone' }]);
    expect(JSON.stringify((await discover('merchandise')).body)).not.to.include('@example.com');
  });

  it('finds by keyword, literally', async () => {
    expect(await names('gym?keyword=FAR')).to.deep.equal(['Far', 'Farther']);
    expect(await names('gym?keyword=%25')).to.deep.equal([]);
    expect(await names('merchandise?keyword=pass%20far')).to.deep.equal(['Pass Far', 'Pass Farther']);
  });

  it('orders gyms by distance, within max and min metres', async () => {
    expect(await names('gym?near=13,47')).to.deep.equal(['Near', 'Middle', 'Far', 'Farther']);
    expect(await names('gym?near=13,47&max=50000')).to.deep.equal(['Near', 'Middle']);
    expect(await names('gym?near=13,47&min=5000&max=150000')).to.deep.equal(['Middle', 'Far']);
    expect(await names('gym?near=13,66')).to.deep.equal(['Farther', 'Far', 'Middle', 'Near']);
    const { body } = await discover('gym?near=13,47&find=1');
    expect(body.data[0].distance).to.be.closeTo(1000, 5);
  });

  it('continues a list by distance behind any item', async () => {
    expect(await names(`gym?near=13,47&after=${ids.Middle}`)).to.deep.equal(['Far', 'Farther']);
    const first = (await discover('merchandise?near=13,47&find=3')).body.data;
    const rest = await names(`merchandise?near=13,47&after=${first[2]._id}`);
    expect([...first.map(({ name }: { name: string }) => name), ...rest]).to.deep.equal([
      'Pass Near',
      'Class Near',
      'Pass Middle',
      'Class Middle',
      'Pass Far',
      'Class Far',
      'Pass Farther',
      'Class Farther',
    ]);
  });

  it('lists what each of several gyms sells, nearest first, however many are asked for', async () => {
    const owner = await host.account('operator');
    const wanted: { _id: string; name: string }[] = [];
    for (const [index, sold] of [0, 1, 0, 3, 1, 0, 2, 1, 1, 0, 4].entries()) {
      const geoLocation = [100, 10 + index / 100];
      const created = await host.operate('/api/gym', owner.token, 'create', { name: `Street ${index}`, geoLocation });
      for (let item = 0; item < sold; item++) {
        const data = { name: `Item ${index}-${item}`, type: 2, gym: created.body.data._id };
        wanted.push((await host.operate('/api/merchandise', owner.token, 'create', data)).body.data);
      }
    }
    const expected = wanted.map(({ name }) => name);
    const near = 'merchandise?near=100,10&max=100000';
    expect(await names(near)).to.deep.equal(expected);
    for (const [at, { _id }] of wanted.entries()) {
      expect(await names(`${near}&find=${at + 1}`)).to.deep.equal(expected.slice(0, at + 1));
      expect(await names(`${near}&after=${_id}&find=4`)).to.deep.equal(expected.slice(at + 1, at + 5));
    }
  });

  it('narrows to one gym', async () => {
    expect(await names(`gym?gym=${ids.Far}`)).to.deep.equal(['Far']);
    expect(await names(`merchandise?gym=${ids.Far}`)).to.deep.equal(['Pass Far', 'Class Far']);
    expect(await names(`merchandise?near=13,47&gym=${ids.Far}&max=1000`)).to.deep.equal([]);
    expect(await names(`merchandise?near=13,47&gym=${ids.Far}`)).to.deep.equal(['Pass Far', 'Class Far']);
  });

  it('crosses the antimeridian', async () => {
    const owner = await host.account('operator');
    await host.operate('/api/gym', owner.token, 'create', { name: 'Taveuni', geoLocation: [-179.99, -16.8] });
    expect(await names('gym?near=179.99,-16.8&max=5000')).to.deep.equal(['Taveuni']);
  });

  for (const bad of [
    'near=200,0',
    'near=0,91',
    'near=x',
    'near=1',
    'max=5',
    'min=5',
    'near=0,0&max=-1',
    'keyword=',
    'limit=1',
    'near=0,0&after=999999',
  ]) {
    it(`answers 400 to ${bad}`, async () => {
      const answer = await discover(`gym?${bad}`);
      expect([answer.status, answer.body.exceptionType]).to.deep.equal([
        400,
        bad === 'limit=1' ? 'InvalidResourceParameterError' : 'InvalidRequestError',
      ]);
    });
  }
});
