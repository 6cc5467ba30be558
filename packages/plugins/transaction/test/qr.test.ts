/** QR codes: for a minute, for one visit, at one gym; what is forged is not looked up. */
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
