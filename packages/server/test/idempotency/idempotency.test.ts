/** `Idempotency-Key`: one execution, one answer; 409 while it runs, 422 for another request; taken over, forgotten. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { catalogue, Encoded, invalidRequest, PalestraError, problemMediaType, reply } from '@palestra/core';
import { expect } from 'chai';
import { encodeResult, replay } from '../../src/idempotency/answer.js';
import { createAnswerCipher } from '../../src/idempotency/cipher.js';
import { leaseMs } from '../../src/idempotency/leased.js';
import { identify, retentionMs } from '../../src/idempotency/request.js';
import { createIdempotencyKeys } from '../../src/idempotency/store.js';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '../../src/testing/index.js';
import { type Counter, createCounter } from './counter.js';

describeOnEachDatabase('an idempotency key', (fresh) => {
  let now = Date.now();
  let keys = 0;
  let counter: Counter;
  let host: TestHost;
  let caller: Account;
  let other: Account;
  before(async function () {
    this.timeout(60_000);
    counter = createCounter();
    host = await startTestHost({
      plugins: [counter.plugin],
      database: await fresh(),
      clock: { now: () => now },
      config: { identity: { userTokenSeconds: 86_400 } },
    });
    caller = await host.account();
    other = await host.account();
  });
  after(() => host.stop());
  beforeEach(() => {
    Object.assign(counter, { before: async () => {}, after: async () => {}, finishes: true });
  });

  const newKey = () => `key-${++keys}`;
  const send = (key: string | undefined, json: object = {}, more: { token?: string; accept?: string } = {}) =>
    host.request('POST', '/api/count', {
      token: more.token ?? caller.token,
      json,
      headers: { ...(key !== undefined && { 'idempotency-key': key }), ...(more.accept && { accept: more.accept }) },
    });

  it('is not needed', async () => {
    const first = await send(undefined);
    const second = await send(undefined);
    expect(second.body.data.counted).to.equal(first.body.data.counted + 1);
  });

  for (const finishes of [true, false]) {
    it(`has one execution and the same bytes every time (${finishes ? 'kept with the effect' : 'kept afterwards'})`, async () => {
      counter.finishes = finishes;
      const key = newKey();
      const first = await send(key, { a: 1, b: [2] });
      expect(first.status, first.text).to.equal(201);
      expect(first.headers.get('idempotency-replayed')).to.equal(null);
      const before = counter.counted;
      // The same request, though its members come in another order.
      const again = await send(key, { b: [2], a: 1 });
      expect([again.status, again.text]).to.deep.equal([201, first.text]);
      expect(again.headers.get('idempotency-replayed')).to.equal('true');
      expect(counter.counted).to.equal(before);
    });
  }

  it('is bound to one request: another body is 422', async () => {
    const key = newKey();
    await send(key, { a: 1 });
    const answer = await send(key, { a: 2 });
    expect(answer.status).to.equal(422);
    expect(answer.body.exceptionType).to.equal('UnprocessableError');
  });

  it('is of one operation: at another one it is a new request', async () => {
    const key = newKey();
    const first = await send(key, { a: 1 });
    const headers = { 'idempotency-key': key };
    const second = await host.request('POST', '/api/count_again', { token: caller.token, json: { a: 1 }, headers });
    expect([second.status, second.headers.get('idempotency-replayed')]).to.deep.equal([201, null]);
    expect(second.body.data.counted).to.equal(first.body.data.counted + 1);
  });

  it("is each caller's own", async () => {
    const key = newKey();
    const first = await send(key);
    const second = await send(key, {}, { token: other.token });
    expect(second.body.data.counted).to.equal(first.body.data.counted + 1);
  });

  it('answers 409 with Retry-After while the first call runs', async () => {
    const key = newKey();
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const started = new Promise<void>((resolve) => {
      counter.before = async () => {
        resolve();
        await gate;
      };
    });
    const first = send(key);
    await started;
    const second = await send(key);
    expect(second.status).to.equal(409);
    expect(second.headers.get('retry-after')).to.equal('1');
    expect((await send(key, { other: true })).status, 'another body is told so at once').to.equal(422);
    go();
    expect((await first).status).to.equal(201);
    expect((await send(key)).text).to.equal((await first).text);
  });

  it('executes one of 200 at once', async () => {
    const key = newKey();
    const before = counter.counted;
    const answers = await Promise.all(Array.from({ length: 200 }, () => send(key)));
    expect(counter.counted - before).to.equal(1);
    const done = answers.filter(({ status }) => status === 201);
    const waiting = answers.filter(({ status }) => status === 409);
    expect(done.length + waiting.length).to.equal(200);
    expect(new Set(done.map(({ text }) => text)).size).to.equal(1);
    expect(waiting.every(({ headers }) => headers.get('retry-after') === '1')).to.equal(true);
  });

  it('keeps a refusal, and its problem document to the byte', async () => {
    const key = newKey();
    counter.before = async () => {
      throw invalidRequest('a is too small', '/a');
    };
    const first = await send(key, {}, { accept: problemMediaType });
    counter.before = async () => {};
    const again = await send(key, {}, { accept: problemMediaType });
    expect([again.status, again.text]).to.deep.equal([400, first.text]);
    expect(again.headers.get('idempotency-replayed')).to.equal('true');
    expect((await send(key)).body.exceptionMessage).to.equal('a is too small');
  });

  it('keeps no failure of the moment: the next call executes', async () => {
    for (const fact of [catalogue.unavailable, catalogue.badGateway, catalogue.tooManyRequests]) {
      const key = newKey();
      counter.before = async () => {
        throw new PalestraError(fact, 'later');
      };
      expect((await send(key)).status).to.equal(fact.status);
      counter.before = async () => {};
      expect((await send(key)).status).to.equal(201);
    }
  });

  it('is taken over when its lease has ended, by one caller, as the same use', async () => {
    const key = newKey();
    const uses: (string | undefined)[] = [];
    let stuck = true;
    counter.before = async (call) => {
      uses.push(call.idempotency?.id);
      if (stuck) await new Promise(() => {});
    };
    void send(key).catch(() => {});
    while (uses.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stuck = false;
    now += leaseMs - 1;
    expect((await send(key)).status).to.equal(409);
    now += 2;
    const before = counter.counted;
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(key)));
    expect(counter.counted - before).to.equal(1);
    expect(answers.some(({ status }) => status === 201)).to.equal(true);
    expect(uses[1], 'the same use').to.equal(uses[0]);
  });

  it('of a server that died says how long its lease lasts, which a clock that was ahead does not prolong', async () => {
    const key = newKey();
    let [reached, stuck] = [false, true];
    counter.before = async () => {
      reached = true;
      if (stuck) await new Promise(() => {});
    };
    void send(key).catch(() => {});
    while (!reached) await new Promise((resolve) => setTimeout(resolve, 5));
    stuck = false;
    const { knex } = host.palestra.database();
    const lease = (until: number) => knex('idempotency_key').whereNull('answer').update({ leased_until: until });
    // Not renewed for a while: seconds are left.
    await lease(now + 4_200);
    const early = await send(key);
    expect([early.status, early.headers.get('retry-after')]).to.deep.equal([409, '5']);
    await lease(now + 2 * 60 * 60_000);
    expect((await send(key)).status).to.equal(201);
  });

  it('has the slower one of two executions undone: its effect does not commit', async () => {
    const key = newKey();
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    let calls = 0;
    counter.before = async () => {
      calls += 1;
      if (calls === 1) await gate;
    };
    const slow = send(key);
    while (calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    now += leaseMs + 1;
    const fast = await send(key);
    expect(fast.status).to.equal(201);
    go();
    expect((await slow).status).to.equal(409);
    const { knex } = host.palestra.database();
    const [use] = await knex('counted').orderBy('id', 'desc').limit(1).pluck('use_id');
    expect(await knex('counted').where('use_id', use)).to.have.length(1);
    expect((await send(key)).text).to.equal(fast.text);
  });

  it('keeps what was kept with the effect, though the caller was answered an error afterwards', async () => {
    const key = newKey();
    counter.after = async () => {
      throw new Error('after the commit');
    };
    expect((await send(key)).status).to.equal(500);
    counter.after = async () => {};
    const before = counter.counted;
    const again = await send(key);
    expect(again.status).to.equal(201);
    expect(counter.counted).to.equal(before);
  });

  it('is forgotten after a day, and then begins a new request', async () => {
    const key = newKey();
    await send(key, { a: 1 });
    now += retentionMs + 1;
    // The token is a day old, too.
    caller = await host.account();
    const store = createIdempotencyKeys(host.palestra.database());
    expect(await store.purge(now - retentionMs)).to.be.above(0);
    const [left] = await host.palestra.database().knex('idempotency_key').count({ keys: '*' });
    expect(Number(left?.keys)).to.equal(0);
  });

  it('begins a new request after a day even before it is purged', async () => {
    const key = newKey();
    const first = await send(key, { a: 1 });
    expect(first.status).to.equal(201);
    await host.palestra
      .database()
      .knex('idempotency_key')
      .update({ created_at: now - retentionMs - 1 });
    const before = counter.counted;
    const answers = await Promise.all([1, 2, 3].map(() => send(key, { a: 2 })));
    expect(counter.counted - before).to.equal(1);
    expect(answers.some(({ status }) => status === 201)).to.equal(true);
  });

  for (const [what, key] of [
    ['empty', ''],
    ['longer than 255', 'k'.repeat(256)],
    ['with a space in it', 'a b'],
    ['beyond ASCII', 'schlüssel'],
  ] as const) {
    it(`is 400 if ${what}`, async () => {
      const before = counter.counted;
      const answer = await send(key);
      expect(answer.status, answer.text).to.equal(400);
      expect(counter.counted).to.equal(before);
    });
  }

  it('of 255 characters is one', async () => {
    expect((await send('k'.repeat(255))).status).to.equal(201);
  });
});

describe('the record of an idempotency key', () => {
  const cipher = { fingerprints: () => [], seal: () => '', open: () => undefined };
  const digestOf = (key: string, scope = 'account 1 create') => identify({ scope, key, content: '' }, cipher).digest;
  const keyAt = (time: string) => `${time.slice(0, 8)}-${time.slice(8)}-7b2c-9d3e-0123456789ab`;

  it('is of the caller, the operation and the whole key', () => {
    const digests = [
      digestOf('a'),
      digestOf('b'),
      digestOf('a', 'account 2 create'),
      digestOf(keyAt('019abcdef012')),
      digestOf(keyAt('019abcdef013')),
      digestOf(keyAt('019abcdef012').replace('7b2c', '7b2d')),
      digestOf(keyAt('019abcdef012'), 'account 2 create'),
    ];
    expect(new Set(digests).size).to.equal(digests.length);
    for (const digest of digests) expect(digest).to.match(/^[0-9a-f]{64}$/);
  });

  it('is in the order of time for a UUID of version 7, and of no other key', () => {
    expect(digestOf(keyAt('019abcdef012'))).to.match(/^019abcdef012/);
    expect(digestOf(keyAt('019ABCDEF012'))).to.match(/^019abcdef012/);
    expect(digestOf(keyAt('019abcdef012').replaceAll('-', ''))).to.match(/^019abcdef012/);
    expect(digestOf('019abcde-f012-4b2c-9d3e-0123456789ab')).not.to.match(/^019abcdef012/);
    expect(digestOf(`x${keyAt('019abcdef012')}`)).not.to.match(/^019abcdef012/);
  });

  it('has an answer in the clear only where that says what a table says, and then gives the same', () => {
    const active = { kid: 'key', secret: createSecretKey(randomBytes(32)) };
    const { seal, open } = createAnswerCipher({ active, usable: [active], find: () => active });
    const answers: readonly [unknown, boolean][] = [
      [reply(201, new Encoded('{"_id":"000000000001"}', true)), true],
      [new Encoded('{"_id":"000000000001"}', true), true],
      [reply(201, new Encoded('{"token":"secret"}')), false],
      [reply(201, { token: 'secret' }, { 'x-token': 'secret' }), false],
      [{ token: 'secret' }, false],
      [undefined, false],
    ];
    for (const [result, isOpen] of answers) {
      const answer = encodeResult(result);
      if (!answer) throw new Error('It is not kept.');
      const kept = seal(answer, 'digest');
      expect(kept === answer.text, kept).to.equal(isOpen);
      expect(open(kept, 'digest')).to.equal(answer.text);
      expect(JSON.stringify(replay(answer.text))).to.equal(JSON.stringify(result));
    }
  });
});
