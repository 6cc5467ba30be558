/** Every row of the table of envelope errors, and what create, query, update, list, get and delete promise. */

import { problemTypePrefix } from '@palestra/core';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';

describeOnEachDatabase('gym', (fresh) => {
  let slow = false;
  let host: TestHost;
  let owner: Account;
  let other: Account;
  let player: Account;
  let admin: Account;

  before(async () => {
    const intercept = async (sql: string, phase: string) => {
      if (slow && phase === 'before' && /^select/i.test(sql)) await new Promise((resolve) => setTimeout(resolve, 60));
    };
    host = await startTestHost({ plugins: [gym, merchandise], database: await fresh(), intercept });
    [owner, other, player, admin] = await Promise.all([
      host.account('operator'),
      host.account('coach'),
      host.account('player'),
      host.account('admin'),
    ]);
  });
  after(() => host.stop());

  const create = (data: object, token = owner.token) => host.operate('/api/gym', token, 'create', data);
  const query = (data: object, token = player.token) => host.operate('/api/gym', token, 'query', data);
  const update = (data: object, token = owner.token) => host.operate('/api/gym', token, 'update', data);
  const names = (answer: { body: { data: { name: string }[] } }) => answer.body.data.map(({ name }) => name);

  describe('errors', () => {
    const rows: [what: string, body: unknown, status: number, type: string, message: RegExp | string][] = [
      ['no operation', { data: {} }, 400, 'InvalidRequestError', 'operation is required for the request'],
      ['no data', { operation: 'query' }, 400, 'InvalidRequestError', 'data is required for the request'],
      [
        'no _id',
        { operation: 'update', data: { name: 'x' } },
        400,
        'InvalidRequestError',
        '_id is required for the request',
      ],
      [
        'an unknown operation',
        { operation: 'drop', data: {} },
        400,
        'InvalidOperationError',
        'Operation drop is not supported',
      ],
      [
        'another case',
        { operation: 'CREATE', data: {} },
        400,
        'InvalidOperationError',
        'Operation CREATE is not supported',
      ],
      [
        'constructor',
        { operation: 'constructor', data: {} },
        400,
        'InvalidOperationError',
        'Operation constructor is not supported',
      ],
      ['a number', { operation: 5, data: {} }, 400, 'InvalidOperationError', 'Operation 5 is not supported'],
      [
        'an unknown qualifier',
        { operation: 'query', data: { name: { like: 'x' } } },
        400,
        'InvalidOperationError',
        'Operation like is not supported',
      ],
      [
        'no name',
        { operation: 'create', data: {} },
        400,
        'InvalidResourceCreationError',
        'name is required for creating Gym',
      ],
      [
        'an unknown field',
        { operation: 'create', data: { name: 'x', colour: 'red' } },
        400,
        'InvalidResourceParameterError',
        'colour cannot be found in Gym',
      ],
      [
        'an unknown field to query',
        { operation: 'query', data: { colour: { equals: 'red' } } },
        400,
        'InvalidResourceParameterError',
        'colour cannot be found in Gym',
      ],
      [
        'a field that cannot be queried',
        { operation: 'query', data: { announcements: { contains: 'closed' } } },
        400,
        'InvalidResourceParameterError',
        'announcements cannot be found in Gym',
      ],
      [
        'a column that is no field',
        { operation: 'query', data: { name_folded: { equals: 'x' } } },
        400,
        'InvalidResourceParameterError',
        'name_folded cannot be found in Gym',
      ],
      [
        'a field the server sets',
        { operation: 'create', data: { name: 'x', createdDate: '2026-01-01T00:00:00Z' } },
        400,
        'InvalidResourceParameterError',
        'createdDate cannot be found in Gym',
      ],
      [
        'an owner there is not',
        { operation: 'create', data: { name: 'x', owner: '999999' } },
        400,
        'InvalidResourceParameterError',
        'owner cannot be found in Gym',
      ],
      [
        'no such _id',
        { operation: 'update', data: { _id: '999999', name: 'x' } },
        404,
        'ResourceNotFoundError',
        /999999/,
      ],
      [
        'an _id that is none',
        { operation: 'update', data: { _id: 'x', name: 'x' } },
        404,
        'ResourceNotFoundError',
        /_id/,
      ],
      ['a wrong type', { operation: 'create', data: { name: 5 } }, 400, 'InvalidRequestError', /name/],
      [
        'a value out of range',
        { operation: 'create', data: { name: 'x', geoLocation: [181, 0] } },
        400,
        'InvalidRequestError',
        /geoLocation/,
      ],
      ['an empty name', { operation: 'create', data: { name: '' } }, 400, 'InvalidRequestError', /name/],
      ['data that is a list', { operation: 'create', data: [{ name: 'x' }] }, 400, 'InvalidRequestError', /data/],
      ['data that is null', { operation: 'create', data: null }, 400, 'InvalidRequestError', /data/],
      ['nothing to update', { operation: 'update', data: { _id: '1' } }, 400, 'InvalidRequestError', /update/],
      ['a negative find', { operation: 'query', data: { find: -1 } }, 400, 'InvalidRequestError', /find/],
      ['a broken find', { operation: 'query', data: { find: '10;drop' } }, 400, 'InvalidRequestError', /find/],
      [
        'an after that is none',
        { operation: 'query', data: { after: "1' or 1=1" } },
        400,
        'InvalidRequestError',
        /after/,
      ],
      ['a bare value', { operation: 'query', data: { name: 'x' } }, 400, 'InvalidRequestError', /name/],
      [
        'equals of another type',
        { operation: 'query', data: { name: { equals: 0 } } },
        400,
        'InvalidRequestError',
        /name/,
      ],
      [
        'an object for a text',
        { operation: 'query', data: { name: { equals: { name: 1 } } } },
        400,
        'InvalidRequestError',
        /name/,
      ],
      [
        'contains of another type',
        { operation: 'query', data: { name: { contains: ['x'] } } },
        400,
        'InvalidRequestError',
        /name/,
      ],
      [
        'contains where there is no text',
        { operation: 'query', data: { owner: { contains: '1' } } },
        400,
        'InvalidRequestError',
        /owner/,
      ],
      [
        'a stranger beside data',
        { operation: 'query', data: {}, where: {} },
        400,
        'InvalidResourceParameterError',
        /where/,
      ],
      ['a list for a body', [], 400, 'InvalidRequestError', /body/],
    ];
    for (const [what, json, status, type, message] of rows) {
      it(`${what}: ${status} ${type}`, async () => {
        const answer = await host.request('POST', '/api/gym', { token: admin.token, json });
        expect(answer.status).to.equal(status);
        expect(answer.body).to.include({ success: false, exceptionType: type });
        expect(answer.body.data).to.deep.equal({});
        if (typeof message === 'string') expect(answer.body.exceptionMessage).to.equal(message);
        else expect(answer.body.exceptionMessage).to.match(message);
        expect(answer.text).not.to.match(/select |sqlite|mariadb|node_modules|\bat .*:\d+/i);
      });
    }

    it('the same name again: 409 DuplicateResourceCreationError, also by an update', async () => {
      await create({ name: 'Twice' });
      const again = await create({ name: 'Twice' });
      expect(again.status).to.equal(409);
      expect(again.body.exceptionType).to.equal('DuplicateResourceCreationError');
      expect(again.body.exceptionMessage).to.equal('Resource exists with name <Twice> for Gym');
      const { body } = await create({ name: 'Once' });
      const renamed = await update({ _id: body.data._id, name: 'Twice' });
      expect([renamed.status, renamed.body.exceptionType]).to.deep.equal([409, 'DuplicateResourceCreationError']);
    });

    it('50 at once with one name make one', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => create({ name: 'Race' })));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).to.deep.equal([201, ...Array(49).fill(409)]);
    });

    it('is a problem document for who asks for one', async () => {
      const answer = await host.request('POST', '/api/gym', {
        token: admin.token,
        json: { operation: 'create', data: { name: 'x', price: 1 } },
        headers: { accept: 'application/problem+json', 'x-request-id': 'my-request-17' },
      });
      expect(answer.headers.get('content-type')).to.equal('application/problem+json');
      expect(answer.body).to.deep.equal({
        type: `${problemTypePrefix}invalid_resource_parameter`,
        title: 'A field or a reference does not exist',
        status: 400,
        detail: 'price cannot be found in Gym',
        instance: 'urn:palestra:request:my-request-17',
        exceptionType: 'InvalidResourceParameterError',
        requestId: 'my-request-17',
        errors: [{ pointer: '/data/price', detail: 'price cannot be found in Gym' }],
      });
    });
  });

  describe('create and update', () => {
    it('give the whole gym back, and keep what was not sent', async () => {
      const sent = {
        name: 'Iron Temple',
        address: 'Seestraße 12',
        detail: 'Free weights\nand a sauna 😀',
        email: 'iron@example.com',
        geoLocation: [13.055, 47.8095],
        smallLogo: 'https://example.com/s.png',
        bigLogo: 'https://example.com/b.png',
        services: ['Sauna', 'Massage'],
        equipments: ['Rack'],
        announcements: [
          { scope: 1, text: 'Members only' },
          { scope: 2, text: 'Open day' },
        ],
      };
      const created = await create(sent);
      expect(created.status).to.equal(201);
      expect(created.body.data).to.deep.include(sent);
      expect(created.body.data._id).to.match(/^\d{12}$/);
      expect(created.body.data.owner).to.equal(String(owner.id).padStart(12, '0'));
      const updated = await update({ _id: created.body.data._id, address: 'Graz', detail: null });
      expect(updated.status).to.equal(200);
      expect(updated.body.data).to.deep.include({ ...sent, address: 'Graz', detail: null });
      const got = await host.request('GET', `/api/gym/${created.body.data._id}`, { token: player.token });
      expect(got.body.data).to.deep.equal(updated.body.data);
    });

    it('are for operators and coaches; an update for the owner and admins', async () => {
      expect((await create({ name: 'By player' }, player.token)).status).to.equal(403);
      const { body } = await create({ name: 'Mine' });
      const change = { _id: body.data._id, address: 'Elsewhere' };
      expect((await update(change, other.token)).status).to.equal(403);
      expect((await update(change, player.token)).status).to.equal(403);
      expect((await update(change, admin.token)).status).to.equal(200);
      expect((await update({ ...change, owner: String(other.id) }, owner.token)).status).to.equal(403);
      expect((await update({ ...change, owner: String(other.id) }, admin.token)).status).to.equal(200);
      expect((await update(change, other.token)).status).to.equal(200);
      expect((await update(change, owner.token)).status).to.equal(403);
    });

    it('need a token', async () => {
      const answer = await host.request('POST', '/api/gym', { json: { operation: 'query', data: {} } });
      expect(answer.status).to.equal(401);
      expect(answer.body.exceptionMessage).to.equal('A token must be passed.');
      expect(answer.headers.get('www-authenticate')).to.match(/^Bearer /);
    });
  });

  describe('query', () => {
    before(async () => {
      for (const name of ['Q%Percent', 'Q_Under', 'QPlain', 'Qäöü ÄÖÜ', 'Q\\Back', 'Q😀']) {
        await create({ name, services: [name, 'Steam Room'], address: name === 'QPlain' ? null : `at ${name}` });
      }
    });

    const finds: [what: string, criteria: object, found: string[]][] = [
      ['equals is exact', { name: { equals: 'QPlain' } }, ['QPlain']],
      ['equals minds case', { name: { equals: 'qplain' } }, []],
      ['equals minds trailing space', { name: { equals: 'QPlain ' } }, []],
      ['contains ignores case', { name: { contains: 'qPLA' } }, ['QPlain']],
      ['contains ignores case beyond ASCII', { name: { contains: 'ÄÖÜ äöü' } }, ['Qäöü ÄÖÜ']],
      ['a percent sign means itself', { name: { contains: 'q%' } }, ['Q%Percent']],
      ['an underscore means itself', { name: { contains: 'q_' } }, ['Q_Under']],
      ['a backslash means itself', { name: { contains: 'q\\' } }, ['Q\\Back']],
      ['an emoji is not another', { name: { contains: '😁' } }, []],
      ['an emoji is found', { name: { contains: '😀' } }, ['Q😀']],
      ['both qualifiers of a field must hold', { name: { contains: 'q', equals: 'QPlain' } }, ['QPlain']],
      ['all fields must hold', { name: { contains: 'q' }, address: { contains: 'UNDER' } }, ['Q_Under']],
      [
        'a list contains what an element contains',
        { services: { contains: 'steam' }, name: { equals: 'QPlain' } },
        ['QPlain'],
      ],
      ['a list equals the same list', { services: { equals: ['QPlain', 'Steam Room'] } }, ['QPlain']],
      ['null equals what is not set', { address: { equals: null }, name: { contains: 'QP' } }, ['QPlain']],
      ['nothing matches injected SQL', { name: { equals: "' or '1'='1" } }, []],
    ];
    for (const [what, criteria, found] of finds) {
      it(what, async () => {
        const answer = await query(criteria);
        expect(answer.status).to.equal(200);
        expect(names(answer)).to.deep.equal(found);
      });
    }

    it('orders by _id, finds at most so many, and continues behind', async () => {
      const all = names(await query({ name: { contains: 'q' } }));
      expect(all).to.have.length.greaterThan(5);
      const first = await query({ name: { contains: 'q' }, find: 2 });
      const ids: string[] = first.body.data.map(({ _id }: { _id: string }) => _id);
      expect(ids).to.deep.equal([...ids].sort());
      const rest = await query({ name: { contains: 'q' }, find: 0, after: ids[1] });
      expect([...names(first), ...names(rest)]).to.deep.equal(all);
    });

    it('finds every one, wherever a search that uses no index pauses', async () => {
      const { knex } = host.palestra.database();
      const [{ id: _, ...template }] = await knex('gym').limit(1);
      const rows = Array.from({ length: 1_500 }, (_, at) => ({
        ...template,
        name: `Row ${at}`,
        name_folded: `row ${at}`,
        detail: 'one of many',
        detail_folded: 'one of many',
      }));
      for (let at = 0; at < rows.length; at += 50) await knex('gym').insert(rows.slice(at, at + 50));
      // A slow database is searched 200 rows at a time.
      slow = true;
      const found = names(await query({ detail: { contains: 'one of many' } }));
      slow = false;
      await knex('gym').where('name', 'like', 'Row %').delete();
      expect(found).to.deep.equal(rows.map(({ name }) => name));
    });

    it('lists by GET with find and after', async () => {
      const all = await host.request('GET', '/api/gym', { token: player.token });
      const one = await host.request('GET', '/api/gym?find=1', { token: player.token });
      expect(one.body.data).to.deep.equal(all.body.data.slice(0, 1));
      const behind = await host.request('GET', `/api/gym?find=1&after=${one.body.data[0]._id}`, {
        token: player.token,
      });
      expect(behind.body.data).to.deep.equal(all.body.data.slice(1, 2));
      for (const bad of [
        'find=-1',
        'find=x',
        'find=1.5',
        'after=x',
        'limit=5',
        'find=1&find=2',
        'find=99999999999999999999',
      ]) {
        expect((await host.request('GET', `/api/gym?${bad}`, { token: player.token })).status, bad).to.equal(400);
      }
    });
  });

  describe('delete', () => {
    it('is for admins, and not while merchandise refers to it', async () => {
      const { body } = await create({ name: 'To go' });
      const path = `/api/gym/${body.data._id}`;
      const sold = await host.operate('/api/merchandise', owner.token, 'create', {
        name: 'Class',
        type: 1,
        gym: body.data._id,
      });
      expect((await host.request('DELETE', path, { token: owner.token })).status).to.equal(403);
      const kept = await host.request('DELETE', path, { token: admin.token });
      expect([kept.status, kept.body.exceptionType]).to.deep.equal([409, 'ConflictError']);
      await host.request('DELETE', `/api/merchandise/${sold.body.data._id}`, { token: admin.token });
      const gone = await host.request('DELETE', path, { token: admin.token });
      expect([gone.status, gone.body]).to.deep.equal([200, { success: true, data: {}, exceptionMessage: '' }]);
      expect((await host.request('DELETE', path, { token: admin.token })).status).to.equal(404);
      expect((await host.request('GET', path, { token: player.token })).body.exceptionType).to.equal(
        'ResourceNotFoundError',
      );
    });
  });
});
