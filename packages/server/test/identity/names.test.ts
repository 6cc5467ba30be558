/** Names at registration and sign-in: both databases give the answers of one table, whatever their collations think. */
import { nameProblem, parseAccountName } from '@palestra/core/auth';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import fc from 'fast-check';
import { register, signIn, uniqueName } from './fixture.js';

const password = 'password of somebody';

describeOnEachDatabase('names', (fresh) => {
  let host: TestHost;

  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({ plugins: [], database: await fresh() });
  });
  after(() => host.stop());

  const statusOf = async (username: string) => (await register(host, { username, password })).status;

  /** What registers after `first`, and how it is answered; `*` is replaced by what makes the name no other test's. */
  const table: [what: string, first: string, second: string, status: 201 | 400 | 409][] = [
    ['the same', '*jon', '*jon', 409],
    ['another case', '*jon', '*JON', 409],
    ['a case beyond ASCII', '*jón', '*JÓN', 409],
    ['composed and decomposed', '*jo\u0301n', '*j\u00f3n', 409],
    ['full width', '*jon', '*ｊｏｎ', 409],
    ['mathematical letters', '*jon', '*𝗷𝗼𝗻', 409],
    ['a space behind', '*jon', '*jon ', 409],
    ['a space before', '*jon', ' *jon', 409],
    ['a no-break space', '*jon d', '*jon\u00a0d', 409],
    ['an ideographic space', '*jon d', '*jon\u3000d', 409],
    ['sharp s', '*straße', '*STRASSE', 409],
    ['capital sharp s', '*straße', '*STRAẞE', 409],
    ['a final sigma', '*οδος', '*ΟΔΟΣ', 409],
    ['a dotless i', '*i', '*ı', 409],
    ['a ligature', '*ﬁn', '*fin', 409],
    ['another letter', '*jon', '*jun', 201],
    ['an accent', '*jon', '*jón', 201],
    ['another emoji', '*🏋', '*🏃', 201],
    ['a letter with a stroke', '*o', '*ø', 201],
    ['a zero behind', '*jon', '*jon0', 201],
    ['% as itself', '*jon', '*jo%', 201],
    ['_ as itself', '*jon', '*jo_', 201],
    ['a quote', '*jon', "*jon'", 201],
    ['a backslash', '*jon', '*jon\\', 201],
    ['a zero-width space', '*jon', '*jon\u200b', 400],
    ['a zero-width joiner', '*jon', '*jo\u200dn', 400],
    ['a soft hyphen', '*jon', '*jo\u00adn', 400],
    ['a byte order mark', '*jon', '\ufeff*jon', 400],
    ['two spaces', '*jon d', '*jon  d', 400],
    ['a tab', '*jon d', '*jon\td', 400],
    ['a line separator', '*jon d', '*jon\u2028d', 400],
    ['a Braille blank', '*jon d', '*jon\u2800d', 400],
    ['a Hangul filler', '*jon d', '*jon\u3164d', 400],
    ['a direction mark', '*jon', '\u202e*jon', 400],
    ['NUL', '*jon', '*jon\0', 400],
    ['a lone surrogate', '*jon', '*jon\ud800', 400],
    ['the other lone surrogate', '*jon', '*jon\udfff', 400],
    ['the replacement character', '*jon', '*jon\ufffd', 400],
    ['an unassigned code point', '*jon', '*jon\u0378', 400],
    ['a private one', '*jon', '*jon\ue000', 400],
    ['a noncharacter', '*jon', '*jon\uffff', 400],
    ['a variation selector', '*jon', '*jon\ufe0f', 400],
    ['a Cyrillic letter among Latin ones', '*jon', '*jоn', 400],
    ['a Greek letter among Latin ones', '*jon', '*jοn', 400],
    ['Cyrillic letters alone', '*иван', '*олег', 201],
    ['Japanese in its three scripts', '*山田たろう', '*山田タロウ', 201],
    ['a colon', '*jon', '*jon:', 400],
    ['a full-width colon', '*jon', '*jon：', 400],
  ];
  for (const [what, first, second, status] of table) {
    it(`answer ${status} to ${what}`, async () => {
      const own = uniqueName('7');
      expect(await statusOf(first.replace('*', own))).to.equal(201);
      expect(await statusOf(second.replace('*', own))).to.equal(status);
    });
  }

  it('sign in by any spelling that is the same name', async () => {
    const own = uniqueName('n');
    await statusOf(`${own} Straße`);
    for (const spelling of [`${own} STRASSE`, ` ${own}\u00a0straße `, `${own.toUpperCase()} ſtraſſe`]) {
      expect((await signIn(host, spelling, password)).status, spelling).to.equal(200);
    }
    for (const other of [`${own}Straße`, `${own} Strase`, `${own} Straße\u200b`]) {
      expect((await signIn(host, other, password)).status, other).to.equal(401);
    }
  });

  it('are shown as given, not as compared', async () => {
    const own = uniqueName('N');
    const answer = await register(host, { username: ` ${own} Straße`, password });
    const { body } = await host.request('GET', '/api/profile', { token: answer.body.data.access_token });
    expect(body.data[0].username).to.equal(`${own} Straße`);
  });

  for (const name of ['admin', 'Support', 'ＲＯＯＴ', 'rооt', 'victіm']) {
    it(`that pass for somebody else are refused: ${name}`, async () => {
      const answer = await register(host, { username: name, password });
      expect([answer.status, answer.body.exceptionType]).to.deep.equal([400, 'InvalidRequestError']);
      expect(answer.body.exceptionMessage).to.match(/^username (is reserved|mixes letters)/);
    });
  }

  it('share one room with emails', async () => {
    const email = `${uniqueName('e')}@example.org`;
    expect((await register(host, { username: uniqueName(), password, email })).status).to.equal(201);
    expect(await statusOf(email.toUpperCase())).to.equal(409);
    expect((await register(host, { username: uniqueName(), password, email: email.toUpperCase() })).status).to.equal(
      409,
    );
    const name = `${uniqueName('f')}@example.org`;
    expect(await statusOf(name)).to.equal(201);
    expect((await register(host, { username: uniqueName(), password, email: name })).status).to.equal(409);
  });

  it('that fold alike never both register, in whatever form they come', async function () {
    this.timeout(120_000);
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    const change = fc.constantFrom<(name: string) => string>(
      (name) => name.normalize('NFKD'),
      (name) => name.normalize('NFC'),
      (name) => name.normalize('NFKD').toUpperCase(),
      (name) => name.toLowerCase(),
      (name) => ` ${name} `,
    );
    const fits = (name: string) => Buffer.byteLength(JSON.stringify({ username: name, password })) <= 190;
    await fc.assert(
      fc.asyncProperty(text, change, async (some, changed) => {
        const name = `${uniqueName('7')} ${some}`;
        const other = changed(name);
        const alike = parseAccountName(name)?.key === parseAccountName(other)?.key;
        if (!fits(name) || !fits(other) || !alike || parseAccountName(name) === undefined) return;
        const parsed = parseAccountName(name);
        if (!parsed || nameProblem(parsed)) return;
        expect(await statusOf(name)).to.equal(201);
        expect(await statusOf(other)).to.equal(409);
      }),
      { numRuns: 60 },
    );
  });
});
