/** The fake server of `@palestra/client/testing` and a real one: one story, told twice, is the same. */
import { createClient, isClientError } from '@palestra/client';
import { fakeServer } from '@palestra/client/testing';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { transaction } from '@palestra/plugin-transaction';
import { startTestHost } from '@palestra/server/testing';
import { expect } from 'chai';

type Options = Parameters<typeof createClient>[0];

const refusal = (work: PromiseLike<unknown>) =>
  Promise.resolve(work).then(
    () => 'nothing',
    (error: unknown) => (isClientError(error) ? `${error.kind} ${error.code} ${error.status}` : error),
  );

/** What an app sees; `owner` may make gyms. */
async function story(options: Options, owner: { username: string; password: string }): Promise<unknown[]> {
  const door = createClient(options);
  const member = createClient(options);
  await door.auth.signIn(owner);
  const iron = await door.gym.create({ name: 'Iron Temple', services: ['Sauna'] });
  const price = { amount: 9_900, currency: 'EUR' };
  const offer = { name: 'Ten visits', type: 2, gym: iron._id, price, count: 10, stock: 1 } as const;
  const pass = await door.merchandise.create(offer);
  const jon = { username: 'jon', password: 'correct horse: ключ' };
  const wrong = await refusal(member.auth.signIn(jon));
  await member.auth.register(jon);
  const me = await member.profile.me();
  const [found] = await member.discovery.merchandise({ keyword: 'ten' });
  const order = { merchandiseId: pass._id, paymentMethod: 'sandbox' };
  const bought = await member.transaction.perform(order);
  const soldOut = await refusal(member.transaction.perform(order));
  const { transactionRecordId, prepayId } = bought;
  const paid = await member.transaction.verify({ transactionRecordId, transactionId: prepayId ?? '' });
  const { qr = '' } = await member.transaction.get(paid._id);
  const admitted = await door.transaction.admit({ qr, merchandiseId: pass._id });
  return [
    Object.keys(iron).sort(),
    Object.keys(pass).sort(),
    [wrong, me.username, me.role, found?.name, bought.transactionState, soldOut],
    [paid.transactionState, paid.count, paid.price, admitted.count, admitted.visitRecords.length],
    await refusal(member.gym.create({ name: 'Mine' })),
    await refusal(door.gym.create({ name: 'Iron Temple' })),
    await refusal(member.gym.get('999999999999')),
    (await member.gym.query({ name: { contains: 'iron' } })).map(({ name }) => name),
    (await member.gym.query({ name: { equals: 'Oak' } })).length,
    (await member.transaction.list()).map(({ merchandise: { name } }) => name),
  ];
}

describe('the fake server', function () {
  this.timeout(60_000);

  it('answers as a real one does', async () => {
    const config = { transaction: { sandbox: true } };
    const host = await startTestHost({ plugins: [gym, merchandise, transaction], config });
    const server = fakeServer();
    server.user({ username: 'owner', password: 'only the owner knows', role: 'operator' });
    try {
      const { username, password } = await host.account('operator');
      const real = await story({ baseUrl: host.url }, { username, password });
      const fake = await story(server.options, { username: 'owner', password: 'only the owner knows' });
      expect(fake).to.deep.equal(real);
    } finally {
      await host.stop();
    }
  });

  it('loses replies after they took effect, and keeps answers under their key', async () => {
    const server = fakeServer();
    const iron = server.gym({ name: 'Iron' });
    const pass = server.merchandise({ name: 'Pass', type: 2, gym: iron._id, stock: 3 });
    const client = createClient({ ...server.options, retry: { baseMs: 1 } });
    await client.auth.register({ username: 'jon', password: 'a long enough password' });
    server.fail('performTransaction', 'reply_lost', 2);
    await client.transaction.perform({ merchandiseId: pass._id, paymentMethod: 'sandbox' });
    expect(server.find('merchandise', pass._id)).to.include({ stock: 2 });
    server.fail('performTransaction', 'lost');
    const unsent = client.transaction.perform({ merchandiseId: pass._id, paymentMethod: 'x' }, { retry: false });
    expect(await refusal(unsent)).to.match(/^network/);
    expect(server.requests.filter(({ operationId }) => operationId === 'performTransaction')).to.have.length(1);
  });

  it('fails with the codes of the operation, and answers what it does not know as it is told', async () => {
    const server = fakeServer();
    const client = createClient({ ...server.options, retry: false });
    server.fail('discoverGyms', 'unavailable');
    expect(await refusal(client.discovery.gyms())).to.equal('server unavailable 503');
    expect(await client.discovery.gyms()).to.deep.equal([]);
    expect(await refusal(client.club.countries.list())).to.match(/^network/);
    server.on('listCountries', () => [{ id: 1, name: 'Austria' }]);
    expect((await client.club.countries.list()).map(({ name }) => name)).to.deep.equal(['Austria']);
  });
});
