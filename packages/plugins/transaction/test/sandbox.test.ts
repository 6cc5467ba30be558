/** Payments without money are for development: in production they are off unless switched on. */
import { expect } from 'chai';
import { openShop } from './support/shop.js';

const cases: readonly (readonly [env: string | undefined, sandbox: boolean | undefined, status: number])[] = [
  [undefined, undefined, 201],
  [undefined, false, 400],
  ['production', undefined, 400],
  ['production', true, 201],
];

describe('the sandbox', () => {
  const before = process.env.NODE_ENV;
  afterEach(() => {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  });

  for (const [env, sandbox, status] of cases) {
    it(`answers a purchase ${status} with NODE_ENV ${env} and sandbox ${sandbox}`, async () => {
      if (env === undefined) delete process.env.NODE_ENV;
      else process.env.NODE_ENV = env;
      const shop = await openShop({ config: { transaction: sandbox === undefined ? {} : { sandbox } } });
      try {
        const answer = await shop.perform(await shop.host.account(), await shop.sell());
        expect(answer.status, answer.text).to.equal(status);
      } finally {
        await shop.host.stop();
      }
    });
  }
});
