/** Tokens in a cookie: one client for all users, requests at the same time, and a real server that rotates. */
import { createClient } from '@palestra/client';
import { type CookieAttributes, cookieTokens } from '@palestra/client/cookies';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';

/** A browser's cookie jar: each request gets what is in it then, and its response is stored when it arrives. */
class Jar {
  value: string | undefined;
  readonly attributes: CookieAttributes[] = [];

  request() {
    const sent = this.value;
    return {
      get: () => sent,
      set: (_: string, value: string, attributes: CookieAttributes) => {
        this.attributes.push(attributes);
        this.value = attributes.maxAge === 0 ? undefined : value;
      },
    };
  }

  /** The access token has run out. */
  expire(): void {
    const tokens = JSON.parse(decodeURIComponent(this.value ?? ''));
    this.value = encodeURIComponent(JSON.stringify({ ...tokens, expiresAt: 1 }));
  }
}

describe('cookie tokens', function () {
  this.timeout(60_000);
  let host: TestHost;
  before(async () => {
    host = await startTestHost({ plugins: [] });
  });
  after(() => host.stop());

  it('keep users apart, and requests at the same time signed in', async () => {
    const client = createClient({ baseUrl: host.url });
    const as = (jar: Jar) => client.as(cookieTokens(jar.request()));
    const [anna, ben] = [new Jar(), new Jar()];
    for (const [jar, username] of [
      [anna, 'anna'],
      [ben, 'ben'],
    ] as const) {
      await as(jar).auth.register({ username, password: 'a long enough password' });
    }
    for (let round = 0; round < 3; round++) {
      anna.expire();
      // One page asks for three things; each request carries the same cookie.
      const page = [as(anna), as(anna), as(anna)];
      const names = await Promise.all(page.map(async (each) => (await each.profile.me()).username));
      expect(names).to.deep.equal(['anna', 'anna', 'anna']);
    }
    expect((await as(ben).profile.me()).username).to.equal('ben');
    expect(await client.auth.tokens()).to.equal(undefined);
    expect(anna.attributes[0]).to.include({ httpOnly: true, secure: true, sameSite: 'lax', path: '/' });
  });

  it('are deleted by a sign-out, and identify no account when they are not tokens', async () => {
    const client = createClient({ baseUrl: host.url });
    const jar = new Jar();
    const mine = () => client.as(cookieTokens(jar.request(), { secure: false, name: 'session' }));
    await mine().auth.register({ username: 'cleo', password: 'a long enough password' });
    await mine().auth.signOut();
    expect(jar.value).to.equal(undefined);
    for (const value of ['', '%', 'null', '{}', '%7B%22accessToken%22%3A7%7D']) {
      jar.value = value;
      expect(await mine().auth.tokens()).to.equal(undefined);
    }
  });
});
