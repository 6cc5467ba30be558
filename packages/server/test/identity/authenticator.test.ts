/** The caller of a request: known at once while it is remembered, and forgotten when it must be. */
import { createBearerScheme, createTokens, generateSecret, tokenKeyOf } from '@palestra/core/auth';
import { expect } from 'chai';
import type { AccountState } from '../../src/identity/account-store.js';
import { createAuthenticator } from '../../src/identity/authenticator.js';
import { createRevocations } from '../../src/identity/revocations.js';

const key = tokenKeyOf('HS256', generateSecret());
const subject = { accountId: 7, username: 'jon', role: 'coach', tokenVersion: 0 } as const;

function createFixture() {
  let now = Date.UTC(2026, 10, 20);
  const clock = { now: () => now };
  let usable = [key];
  const ring = { active: key, usable, find: (kid: string) => usable.find((each) => each.kid === kid) };
  const tokens = createTokens({ keys: ring, machineKeys: ring, clock, issuer: 'palestra' });
  const state: AccountState = { tokenVersion: 0, role: 'coach', disabled: false, live: true };
  const reads: string[] = [];
  let answer: Promise<AccountState | undefined> = Promise.resolve(state);
  const revocations = createRevocations();
  const authenticator = createAuthenticator({
    bearer: createBearerScheme(tokens),
    hostSchemes: new Map(),
    accounts: {
      state: (id, session) => {
        reads.push(`${id} ${session ?? '-'}`);
        return answer;
      },
    },
    machines: { state: async () => undefined },
    revocations,
    keys: { revision: 0 },
    clock,
  });
  return {
    ...authenticator,
    forget: () => revocations.announce(),
    reads,
    state,
    header: (session?: string) => `Bearer ${tokens.issue({ ...subject, ...(session && { session }) }, 3600).token}`,
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
    answerWith: (next: Promise<AccountState | undefined>) => {
      answer = next;
    },
    removeKey: () => {
      usable = [];
    },
  };
}

const codeOf = async (act: () => unknown): Promise<unknown> => {
  try {
    return await act();
  } catch (error) {
    return (error as { fact: { code: string } }).fact.code;
  }
};

describe('the authenticator', () => {
  it('knows a guest by the missing header', () => {
    const { authenticate } = createFixture();
    for (const none of [undefined, []]) expect(authenticate(none)).to.deep.equal({ kind: 'guest', privilege: 'guest' });
  });

  it('answers at once when it knows the caller, and asks the database once a second', async () => {
    const { authenticate, header, reads, advance } = createFixture();
    const value = header('family');
    const first = authenticate(value);
    expect(first).to.be.a('promise');
    const principal = await first;
    expect(principal).to.deep.include({ kind: 'account', accountId: 7, username: 'jon', privilege: 'coach' });
    expect(authenticate([value])).to.equal(principal);
    advance(999);
    expect(authenticate(value)).to.equal(principal);
    expect(reads).to.deep.equal(['7 family']);
    advance(1);
    expect(authenticate(value)).to.be.a('promise');
    expect(reads).to.deep.equal(['7 family', '7 family']);
  });

  it('asks once for all who wait for the same answer', async () => {
    const { authenticate, header, reads } = createFixture();
    const values = [header(), header(), header()];
    await Promise.all(values.map((value) => authenticate(value)));
    expect(reads).to.deep.equal(['7 -']);
  });

  it('refuses where the account disagrees, in whatever way', async () => {
    const disagreements: (Partial<AccountState> | undefined)[] = [
      undefined,
      { tokenVersion: 1 },
      { role: 'player' },
      { disabled: true },
      { live: false },
    ];
    for (const change of disagreements) {
      const { authenticate, header, state, answerWith } = createFixture();
      answerWith(Promise.resolve(change && { ...state, ...change }));
      const value = header();
      expect(await codeOf(() => authenticate(value)), JSON.stringify(change)).to.equal('token_invalid');
      expect(await codeOf(() => authenticate(value))).to.equal('token_invalid');
    }
  });

  it('lets a token go on with its lower role after the account was raised', async () => {
    const { authenticate, header, state, answerWith } = createFixture();
    answerWith(Promise.resolve({ ...state, role: 'dba' }));
    expect(await authenticate(header())).to.deep.include({ privilege: state.role });
  });

  it('forgets at once what was written, also what was being read meanwhile', async () => {
    const { authenticate, header, state, answerWith, forget } = createFixture();
    const value = header();
    await authenticate(value);
    let deliver: (state: AccountState) => void = () => undefined;
    forget();
    answerWith(new Promise((resolve) => (deliver = resolve)));
    const before = authenticate(value);
    forget();
    answerWith(Promise.resolve({ ...state, tokenVersion: 1 }));
    deliver(state);
    await before;
    expect(await codeOf(() => authenticate(value))).to.equal('token_invalid');
  });

  it('lets a failed look-up be tried again', async () => {
    const { authenticate, header, state, answerWith } = createFixture();
    const value = header();
    answerWith(Promise.reject(new Error('away')));
    expect(await Promise.resolve(authenticate(value)).catch((error: Error) => error.message)).to.equal('away');
    answerWith(Promise.resolve(state));
    expect(await authenticate(value)).to.include({ accountId: 7 });
  });

  it('drops a remembered token within a minute after its key was taken away', async () => {
    const { authenticate, header, advance, removeKey } = createFixture();
    const value = header();
    await authenticate(value);
    removeKey();
    advance(60_000);
    expect(await codeOf(() => authenticate(value))).to.equal('token_invalid');
  });

  it('drops a remembered token when its time is over, not a moment later', async () => {
    const { authenticate, header, advance } = createFixture();
    const value = header();
    advance(3_599_000);
    expect(await authenticate(value), 'a second before').to.include({ accountId: 7 });
    advance(999);
    expect(await authenticate(value), 'a millisecond before').to.include({ accountId: 7 });
    advance(1);
    expect(await codeOf(() => authenticate(value))).to.equal('token_expired');
  });

  it('takes one header of one scheme', async () => {
    const { authenticate, header } = createFixture();
    const value = header();
    expect(await codeOf(() => authenticate([value, value]))).to.equal('authorization_ambiguous');
    expect(await codeOf(() => authenticate(`${value},${value}`))).to.equal('authorization_ambiguous');
    expect(await codeOf(() => authenticate('Basic eDp5'))).to.equal('token_missing');
    expect(await codeOf(() => authenticate('Bearer'))).to.equal('token_missing');
    expect(await authenticate(value.replace('Bearer', 'bEARER'))).to.include({ accountId: 7 });
  });
});
