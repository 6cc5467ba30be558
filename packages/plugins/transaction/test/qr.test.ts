/** QR codes: for a minute, for one visit, at one gym; what is forged is not looked up. */
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secretKeyOf } from '@palestra/core/auth';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { openShop, type Shop } from './support/shop.js';

describeOnEachDatabase('a QR code', (fresh) => {
  const statements: string[] = [];
  let shop: Shop;
  let buyer: Account;
  let merchandiseId: string;
  let transactionRecordId: string;
  before(async function () {
    this.timeout(60_000);
    const intercept = (sql: string, phase: string) => void (phase === 'before' && statements.push(sql));
    shop = await openShop({ database: await fresh(), intercept });
    buyer = await shop.host.account();
    merchandiseId = await shop.sell({ count: 50 });
    transactionRecordId = await shop.buy(buyer, merchandiseId);
  });
  after(() => shop.host.stop());

  async function fetchQr(): Promise<string> {
    const { body } = await shop.host.request('GET', `/api/transaction_record/${transactionRecordId}`, {
      token: buyer.token,
    });
    return body.data.qr;
  }

  it('is new at each reading by its payer, and other readers get none', async () => {
    const codes = [await fetchQr(), await fetchQr()];
    expect(new Set(codes)).to.have.property('size', 2);
    for (const code of codes) expect(code.length).to.be.at.most(300);
    const gym = await shop.host.request('GET', `/api/transaction_record/${transactionRecordId}`, {
      token: shop.owner.token,
    });
    expect(gym.status).to.equal(200);
    expect(gym.body.data).not.to.have.property('qr');
    const list = await shop.host.request('GET', '/api/transaction_record', { token: buyer.token });
    expect(list.body.data[0]).not.to.have.property('qr');
  });

  it('admits once', async () => {
    const qr = await fetchQr();
    expect((await shop.visit({ qr, merchandiseId })).status).to.equal(200);
    const again = await shop.visit({ qr, merchandiseId });
    expect(again.status).to.equal(409);
    expect((await shop.visit({ qr: await fetchQr(), merchandiseId })).status).to.equal(200);
  });

  it('admits for a minute', async () => {
    const qr = await fetchQr();
    shop.clock.advance(61_000);
    expect((await shop.visit({ qr, merchandiseId })).status).to.equal(409);
  });

  it('admits at its own gym, and not the member itself', async () => {
    const qr = await fetchQr();
    const rival = await shop.host.account('operator');
    await shop.host.operate('/api/gym', rival.token, 'create', { name: `Rival ${rival.username}` });
    const by = (token: string) =>
      shop.host.request('POST', '/api/verify_transaction_record', { token, json: { qr, merchandiseId } });
    expect((await by(rival.token)).status).to.equal(404);
    expect((await by(buyer.token)).status).to.equal(403);
    expect((await by(qr)).status, 'it is not an access token').to.equal(401);
    expect((await by(shop.owner.token)).status).to.equal(200);
  });

  const reheaded = (token: string, header: object) => {
    const [, body, signature] = token.split('.');
    return [Buffer.from(JSON.stringify(header)).toString('base64url'), body, signature].join('.');
  };
  const forgeries: Readonly<Record<string, (token: string) => string>> = {
    'without its signature': (token) => `${token.slice(0, token.lastIndexOf('.'))}.`,
    'of two parts': (token) => token.slice(0, token.lastIndexOf('.')),
    'of four parts': (token) => `${token}.x`,
    'of no key (alg none)': (token) => reheaded(token, { alg: 'none', typ: 'palestra-qr', kid: 'x' }),
    'of another algorithm': (token) => reheaded(token, { alg: 'HS512', typ: 'palestra-qr', kid: 'x' }),
    'of an unknown key': (token) => reheaded(token, { alg: 'HS256', typ: 'palestra-qr', kid: '__proto__' }),
    'over another record': (token) => {
      const [head, body = '', signature] = token.split('.');
      const payload = JSON.parse(Buffer.from(body, 'base64url').toString());
      const other = Buffer.from(JSON.stringify({ ...payload, r: payload.r + 1 })).toString('base64url');
      return [head, other, signature].join('.');
    },
    'in another spelling': (token) => `${token}=`,
    'that is not a token': () => 'Zm9v',
  };
  it('of another type is refused, though our key signed it', async () => {
    const { active } = JSON.parse(await readFile(join(shop.host.dataDir, 'keys/qr.json'), 'utf8'));
    const resigned = (token: string, typ: string) => {
      const [, body] = token.split('.');
      const head = Buffer.from(JSON.stringify({ alg: 'HS256', typ, kid: active.kid })).toString('base64url');
      const mac = createHmac('sha256', secretKeyOf(active.key).secret).update(`${head}.${body}`);
      return `${head}.${body}.${mac.digest('base64url')}`;
    };
    const refused = await shop.visit({ qr: resigned(await fetchQr(), 'JWT'), merchandiseId });
    expect([refused.status, refused.body.exceptionType]).to.deep.equal([403, 'InvalidQrError']);
    const admitted = await shop.visit({ qr: resigned(await fetchQr(), 'palestra-qr'), merchandiseId });
    expect(admitted.status, 'signed the same way').to.equal(200);
  });

  for (const [what, forge] of Object.entries(forgeries)) {
    it(`${what} is refused without a look at the database`, async () => {
      const forged = forge(await fetchQr());
      statements.length = 0;
      const answer = await shop.visit({ qr: forged, merchandiseId });
      expect(answer.status, answer.text).to.equal(403);
      expect(answer.body.exceptionType).to.equal('InvalidQrError');
      expect(statements.filter((sql) => sql.includes('transaction_'))).to.deep.equal([]);
    });
  }
});
