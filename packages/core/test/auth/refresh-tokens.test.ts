/** Rotation of refresh tokens: one successor, a grace for a lost reply, and an end to the family of a stolen one. */
import {
  createRefreshTokens,
  type RefreshTokenRow,
  type RefreshTokenStore,
  type RefreshTokens,
} from '@palestra/core/auth';
import { expect } from 'chai';
import { codeOf, createClock, ringOf, secretKey, type TestClock } from './fixtures.js';

const day = 24 * 60 * 60 * 1000;

type Row = { -readonly [Name in keyof RefreshTokenRow]: RefreshTokenRow[Name] };

/** Steps that a database would take in one transaction are taken in one turn of the event loop. */
function createStore() {
  const rows = new Map<string, Row>();
  const punished: number[] = [];
  const revokeFamily = ({ family }: Pick<Row, 'family'>, now: number) => {
    for (const row of rows.values()) if (row.family === family) row.revokedAt ??= now;
  };
  const store: RefreshTokenStore = {
    insert: async (row) => void rows.set(row.hash, { ...row }),
    find: async (hash) => rows.get(hash),
    findSuccessor: async ({ family, generation }) =>
      [...rows.values()].find((row) => row.family === family && row.generation === generation + 1),
    async rotate(hash, now, successor) {
      const row = rows.get(hash);
      if (!row || row.usedAt !== null || row.revokedAt !== null || row.expiresAt <= now) return undefined;
      row.usedAt = now;
      const next = successor(row);
      rows.set(next.hash, { ...next });
      return next;
    },
    revokeFamily: async (row, now) => revokeFamily(row, now),
    async revokeReused({ family, accountId }, now) {
      revokeFamily({ family }, now);
      punished.push(accountId);
    },
  };
  return { store, rows, punished };
}

describe('refresh tokens', () => {
  const keys = ringOf(secretKey());
  let clock: TestClock;
  let kept: ReturnType<typeof createStore>;
  let tokens: RefreshTokens;

  beforeEach(() => {
    clock = createClock();
    kept = createStore();
    tokens = createRefreshTokens({ store: kept.store, keys, clock });
  });

  const rotate = async (token: string) => (await tokens.rotate(token)).token;
  const refusal = (token: string) => codeOf(() => tokens.rotate(token));

  it('are opaque, and stored as hashes alone', async () => {
    const { token } = await tokens.issue(7);
    const successor = await rotate(token);
    for (const text of [token, successor]) {
      expect(text).to.match(/^[A-Za-z0-9_-]{43}$/);
      expect(JSON.stringify([...kept.rows.values()])).not.to.include(text);
    }
  });

  it('are each good once, and stay in their family', async () => {
    const first = await tokens.issue(7);
    const second = await tokens.rotate(first.token);
    const third = await tokens.rotate(second.token);
    expect(new Set([first.token, second.token, third.token]).size).to.equal(3);
    expect(third).to.include({ accountId: 7, family: first.family });
  });

  it('give one successor to a hundred at once', async () => {
    const { token } = await tokens.issue(7);
    const successors = await Promise.all(Array.from({ length: 100 }, () => rotate(token)));
    expect(new Set(successors).size).to.equal(1);
    expect(kept.rows.size).to.equal(2);
  });

  it('give the same successor to a retry within ten seconds', async () => {
    const { token } = await tokens.issue(7);
    const successor = await rotate(token);
    clock.advance(9_999);
    expect(await rotate(token)).to.equal(successor);
    expect(kept.punished).to.deep.equal([]);
  });

  it('give it also where the key was rotated meanwhile', async () => {
    const { token } = await tokens.issue(7);
    const successor = await rotate(token);
    const rotated = ringOf(secretKey(), keys.active);
    const other = createRefreshTokens({ store: kept.store, keys: rotated, clock });
    expect((await other.rotate(token)).token).to.equal(successor);
  });

  it('used again after ten seconds end their family and the access tokens of their account', async () => {
    const { token } = await tokens.issue(7);
    const successor = await rotate(token);
    clock.advance(10_001);
    expect(await refusal(token)).to.equal('token_invalid');
    expect(kept.punished).to.deep.equal([7]);
    expect(await refusal(successor)).to.equal('token_invalid');
  });

  describe('sent with a key', () => {
    const key = 'a-key-of-this-client';

    it('give the same successor however late, until that is used', async () => {
      const { token } = await tokens.issue(7);
      const { token: successor } = await tokens.rotate(token, key);
      clock.advance(7 * day - 1);
      expect((await tokens.rotate(token, key)).token).to.equal(successor);
      await tokens.rotate(successor, 'the-key-of-the-next-one');
      expect(await codeOf(() => tokens.rotate(token, key))).to.equal('token_invalid');
      expect(kept.punished).to.deep.equal([7]);
    });

    for (const [what, first, second] of [
      ['another key', key, 'the-key-of-another-one'],
      ['no key', key, undefined],
      ['a key that was not sent before', undefined, key],
    ] as const) {
      it(`end their family when presented again with ${what}`, async () => {
        const { token } = await tokens.issue(7);
        const { token: successor } = await tokens.rotate(token, first);
        expect(await codeOf(() => tokens.rotate(token, second))).to.equal('token_invalid');
        expect(kept.punished).to.deep.equal([7]);
        expect(await codeOf(() => tokens.rotate(successor, first))).to.equal('token_invalid');
      });
    }

    it('give no successor that has expired, and end nothing else for it', async () => {
      const { token } = await tokens.issue(7);
      await tokens.rotate(token, key);
      clock.advance(7 * day);
      expect(await codeOf(() => tokens.rotate(token, key))).to.equal('token_invalid');
      expect(kept.punished).to.deep.equal([]);
    });

    it('give the same successor where the key of the server was rotated meanwhile', async () => {
      const { token } = await tokens.issue(7);
      const { token: successor } = await tokens.rotate(token, key);
      const other = createRefreshTokens({ store: kept.store, keys: ringOf(secretKey(), keys.active), clock });
      expect((await other.rotate(token, key)).token).to.equal(successor);
    });
  });

  it('of a grandparent have no grace', async () => {
    const { token } = await tokens.issue(7);
    const child = await rotate(token);
    const grandchild = await rotate(child);
    expect(await refusal(token)).to.equal('token_invalid');
    expect(kept.punished).to.deep.equal([7]);
    expect(await refusal(grandchild)).to.equal('token_invalid');
  });

  it('of another sign-in live on when one family ends', async () => {
    const [one, other] = [await tokens.issue(7), await tokens.issue(7)];
    await tokens.revoke(one.token);
    expect(await refusal(one.token)).to.equal('token_invalid');
    expect(kept.punished).to.deep.equal([]);
    await rotate(other.token);
  });

  it('are revoked with their whole family by any of it', async () => {
    const { token } = await tokens.issue(7);
    const successor = await rotate(token);
    expect(await tokens.revoke(token)).to.include({ accountId: 7 });
    expect(await refusal(successor)).to.equal('token_invalid');
    expect(await tokens.revoke('never issued')).to.equal(undefined);
  });

  it('die unused after seven days, and in any case after thirty', async () => {
    const idle = await tokens.issue(7);
    clock.advance(7 * day);
    expect(await refusal(idle.token)).to.equal('token_invalid');
    let { token } = await tokens.issue(7);
    for (let week = 0; week < 5; week++) {
      clock.advance(6 * day);
      if (week < 4) token = await rotate(token);
    }
    expect(await refusal(token)).to.equal('token_invalid');
    expect(kept.punished).to.deep.equal([]);
  });

  it('are refused where they were never issued', async () => {
    for (const text of ['', 'x', 'eyJhbGciOiJIUzI1NiJ9.e30.x', 'x'.repeat(4096)]) {
      expect(await refusal(text)).to.equal('token_invalid');
    }
  });
});
