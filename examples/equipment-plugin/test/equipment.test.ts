/** The example of the TNT-Backend API, word for word, and what the plugin promises beside it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, memoryTokens } from '@palestra/client';
import { type DomainEvent, problemTypePrefix, transactionEvents, type VisitEventData, want } from '@palestra/core';
import type { Plugin } from '@palestra/server';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { type EquipmentService, equipment, equipmentService } from 'palestra-plugin-equipment';
import { equipmentClient } from 'palestra-plugin-equipment/client';

type Emit = (data: VisitEventData) => Promise<void>;

/** Another plugin: emits the event of a visit, and asks for equipment where there is any. */
function createNeighbour(): {
  plugin: Plugin<{ operations: object; needs: Needs }>;
  emit: Emit;
  asked(): Needs['equipment'];
} {
  let emit: Emit | undefined;
  let service: Needs['equipment'];
  return {
    asked: () => service,
    emit: async (data) => emit?.(data),
    plugin: {
      name: 'neighbour',
      version: '1.0.0',
      host: '^1.0.0',
      contract: { paths: {} },
      requires: { equipment: want(equipmentService) },
      emits: [transactionEvents.used],
      setup(scope) {
        service = scope.services.equipment;
        // @ts-expect-error What is only wanted may be missing.
        void (() => scope.services.equipment.find(1));
        emit = (data) => scope.database.unitOfWork((unit) => scope.events.emit(unit, transactionEvents.used, data));
        return { handlers: {} };
      },
    },
  };
}

/** Hears every event twice, as it may after a crash. */
const forgetful: typeof equipment = {
  ...equipment,
  async setup(scope) {
    const { subscriptions = [], ...parts } = await equipment.setup(scope);
    const twice = subscriptions.map(({ event, handle }) => ({
      event,
      handle: async (delivered: DomainEvent<never>) => {
        await handle(delivered);
        await handle(delivered);
      },
    }));
    return { ...parts, subscriptions: twice };
  },
};

interface Needs {
  readonly equipment: EquipmentService | undefined;
}

describeOnEachDatabase('equipment', (fresh) => {
  const neighbour = createNeighbour();
  let host: TestHost;
  let coach: Account;
  let player: Account;
  let admin: Account;

  before(async () => {
    host = await startTestHost({ plugins: [forgetful, neighbour.plugin], database: await fresh() });
    coach = await host.account('coach');
    player = await host.account('player');
    admin = await host.account('admin');
  });
  after(() => host.stop());

  /** As the TNT-Backend document prints it, with the comma and the bracket that are missing there. */
  const documented = {
    create: '{"operation":"create","data":{"name":"equipment 1","imageURLs":"","type":{"name":"equipment type 1"}}}',
    query: '{"operation":"query","data":{"name":{"equals":"equipment 1"},"find":0}}',
    update: (id: string) =>
      `{"operation":"update","data":{"_id":"${id}","name":"equipment 1","imageURLs":"","type":{"name":"equipment type 1"}}}`,
  };
  const send = (body: string, { token }: Account) =>
    host.request('POST', '/api/equipment', { token, body, headers: { 'content-type': 'application/json' } });
  const operate = (account: Account, operation: string, data: object) =>
    host.operate('/api/equipment', account.token, operation, data);

  it('answers the documented example: naming a type that does not exist makes it', async () => {
    const created = await send(documented.create, coach);
    expect(created.status, created.text).to.equal(201);
    const { _id, ...rest } = created.body.data;
    expect(rest).to.deep.include({ name: 'equipment 1', imageURLs: [], type: { name: 'equipment type 1' } });
    const found = await send(documented.query, player);
    expect(found.body).to.deep.equal({ success: true, data: [created.body.data], exceptionMessage: '' });
    const updated = await send(documented.update(_id), coach);
    expect([updated.status, updated.body.data.type]).to.deep.equal([200, { name: 'equipment type 1' }]);
    const types = await host.request('GET', '/api/equipment_type', { token: player.token });
    expect(types.body.data).to.deep.equal([{ name: 'equipment type 1', count: 1 }]);
  });

  it('makes one type, however many name it at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => operate(coach, 'create', { name: `rower ${at}`, type: { name: 'rower' } })),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(10).fill(201));
    const { body } = await host.request('GET', '/api/equipment_type', { token: player.token });
    expect(body.data).to.deep.include({ name: 'rower', count: 10 });
  });

  it('fails by the five documented errors, naming the field', async () => {
    const failures: readonly (readonly [object, number, string])[] = [
      [{ operation: 'create', data: { type: { name: 'x' } } }, 400, 'name is required for creating Equipment'],
      [{ operation: 'create', data: { name: 'x', colour: 'red' } }, 400, 'colour cannot be found in Equipment'],
      [{ operation: 'drop', data: {} }, 400, 'Operation drop is not supported'],
      [{ operation: 'create' }, 400, 'data is required for the request'],
      [
        { operation: 'create', data: { name: 'equipment 1' } },
        409,
        'Resource exists with name <equipment 1> for Equipment',
      ],
    ];
    for (const [json, status, message] of failures) {
      const answer = await host.request('POST', '/api/equipment', { token: coach.token, json });
      expect([answer.status, answer.body.exceptionMessage]).to.deep.equal([status, message]);
    }
  });

  it('finds by type, exactly and by a part of its name', async () => {
    const names = async (type: object) =>
      (await operate(player, 'query', { type })).body.data.map((each: { name: string }) => each.name);
    await operate(coach, 'create', { name: 'press', type: { name: 'Leg machine' } });
    expect(await names({ equals: { name: 'Leg machine' } })).to.deep.equal(['press']);
    expect(await names({ contains: 'LEG' })).to.deep.equal(['press']);
    expect(await names({ equals: { name: 'leg machine' } })).to.deep.equal([]);
    expect((await operate(player, 'query', { type: { equals: 'rower' } })).status).to.equal(400);
  });

  it('keeps a type while equipment is of it, and says so by an error of its own', async () => {
    await operate(coach, 'create', { name: 'mat', type: { name: 'mat type' } });
    const remove = (token: string, name: string) =>
      host.request('DELETE', `/api/equipment_type/${encodeURIComponent(name)}`, { token });
    const problem = { accept: 'application/problem+json' };
    const refused = await host.request('DELETE', '/api/equipment_type/mat%20type', {
      token: admin.token,
      headers: problem,
    });
    expect([refused.status, refused.body.type]).to.deep.equal([409, `${problemTypePrefix}equipment_type_in_use`]);
    const { body } = await operate(player, 'query', { name: { equals: 'mat' } });
    await host.request('DELETE', `/api/equipment/${body.data[0]._id}`, { token: admin.token });
    expect((await remove(coach.token, 'mat type')).status).to.equal(403);
    expect((await remove(admin.token, 'mat type')).status).to.equal(200);
    expect((await remove(admin.token, 'mat type')).status).to.equal(404);
  });

  it('hears of visits, and counts an event once though it is told twice', async () => {
    const usage = async () =>
      (await host.request('GET', '/api/equipment_usage', { token: coach.token })).body.data.visits as number;
    expect(await usage()).to.equal(0);
    const visit = {
      transactionRecordId: '000000000001',
      payer: '000000000001',
      recipient: '000000000001',
      merchandise: '000000000001',
      price: { amount: 100, currency: 'EUR' },
      gate: '000000000002',
    };
    await neighbour.emit(visit);
    await neighbour.emit(visit);
    for (let tries = 0; tries < 100 && (await usage()) < 2; tries += 1) await sleep(50);
    expect(await usage()).to.equal(2);
  });

  it('is known to other plugins as a service', async () => {
    const { body } = await operate(player, 'query', { name: { equals: 'equipment 1' } });
    const found = await neighbour.asked()?.find(Number(body.data[0]._id));
    expect(found).to.deep.equal({ name: 'equipment 1', type: 'equipment type 1' });
  });

  it('has a part in the client, typed', async () => {
    const tokens = memoryTokens({ accessToken: coach.token });
    const client = createClient({ baseUrl: host.url, plugins: [equipmentClient], tokens });
    const made = await client.equipment.create({ name: 'by client', type: { name: 'client type' }, imageURLs: '' });
    expect(made.type).to.deep.equal({ name: 'client type' });
    expect(await client.equipment.query({ type: { equals: { name: 'client type' } } })).to.deep.equal([made]);
    expect((await client.equipment.types()).map(({ name }) => name)).to.include('client type');
    expect(await client.call('getEquipmentUsage')).to.have.property('visits');
  });
});

describe('equipment of a closed list of types', () => {
  it('refuses a type that does not exist', async () => {
    const host = await startTestHost({ plugins: [equipment], config: { equipment: { types: 'closed' } } });
    const { token } = await host.account('coach');
    const answer = await host.operate('/api/equipment', token, 'create', { name: 'x', type: { name: 'new' } });
    await host.stop();
    expect([answer.status, answer.body.exceptionMessage]).to.deep.equal([400, 'type cannot be found in Equipment']);
  });
});
