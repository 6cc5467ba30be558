/** What a host refuses to boot with, and that it says who and why. */
import { type ContractFragment, need, serviceRef, want } from '@palestra/core';
import { expect } from 'chai';
import { createPalestra } from '../../src/host/create.js';
import { orderPlugins } from '../../src/host/registry.js';
import type { AnyPlugin } from '../../src/plugin/plugin.js';
import { startTestHost } from '../../src/testing/index.js';

const nothing: ContractFragment = { paths: {} };

function plugin(name: string, more: Partial<AnyPlugin> = {}): AnyPlugin {
  return { name, version: '1.2.3', host: '^1.0.0', contract: nothing, setup: () => ({ handlers: {} }), ...more };
}

const a = serviceRef<object>('a');
const b = serviceRef<object>('b');
const names = (plugins: readonly AnyPlugin[]) => plugins.map(({ name }) => name);

describe('the plugin registry', () => {
  it('puts providers before those who need them, and keeps the order otherwise', () => {
    const ordered = orderPlugins([
      plugin('first'),
      plugin('needy', { requires: { it: need(a) } }),
      plugin('giver', { provides: a, requires: { other: want(b) } }),
      plugin('base', { provides: b }),
    ]);
    expect(names(ordered)).to.deep.equal(['first', 'base', 'giver', 'needy']);
  });

  it('does without a service that is only wanted', () => {
    expect(names(orderPlugins([plugin('lone', { requires: { it: want(a) } })]))).to.deep.equal(['lone']);
  });

  const refused: [what: string, plugins: AnyPlugin[], message: RegExp][] = [
    ['a name twice', [plugin('x'), plugin('x')], /Two plugins are named x/],
    ['a host outside the range', [plugin('x', { host: '^2.0.0' })], /x 1\.2\.3 .*\^2\.0\.0.*1\.0\.0/],
    ['a range that is none', [plugin('x', { host: 'soon' })], /x 1\.2\.3 .*soon/],
    ['a missing service', [plugin('x', { requires: { it: need(a) } })], /x .* a/],
    ['a service twice', [plugin('x', { provides: a }), plugin('y', { provides: a })], /x and y .* a/],
    [
      'a circle',
      [
        plugin('x', { provides: a, requires: { it: need(b) } }),
        plugin('y', { provides: b, requires: { it: need(a) } }),
      ],
      /x → y → x/,
    ],
    ['a plugin that needs itself', [plugin('x', { provides: a, requires: { it: need(a) } })], /x → x/],
  ];
  for (const [what, plugins, message] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => orderPlugins(plugins)).to.throw(message);
    });
  }
});

describe('booting', () => {
  const thing: ContractFragment = {
    paths: {
      '/api/thing': {
        get: { operationId: 'listThings', 'x-public': true, responses: { '200': { description: 'ok' } } },
      },
    },
  };
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: ['secret'],
    properties: { secret: { type: 'string', writeOnly: true, minLength: 8 }, size: { type: 'integer', default: 5 } },
  };

  const atOnce: [what: string, plugins: AnyPlugin[], config: object, message: RegExp][] = [
    ['an operation of the host', [plugin('x', { contract: gpk() })], {}, /x describes GET \/api\/gpk/],
    ['configuration for a stranger', [plugin('x')], { y: {} }, /configuration for y, but no such plugin/],
    ['configuration where there is none', [plugin('x')], { x: { a: 1 } }, /x takes no configuration/],
    ['a missing field', [plugin('x', { config: schema })], {}, /x .*secret is required/],
    ['an unknown field', [plugin('x', { config: schema })], { x: { secret: 'long enough', colour: 1 } }, /x .*colour/],
    ['a wrong type', [plugin('x', { config: schema })], { x: { secret: 'long enough', size: 'big' } }, /x .*size/],
  ];
  for (const [what, plugins, config, message] of atOnce) {
    it(`refuses ${what}`, () => {
      expect(() => createPalestra({ plugins, config: config as Record<string, unknown> })).to.throw(message);
    });
  }

  it('keeps a secret out of the message', () => {
    const config = { x: { secret: 'hunter2' } };
    expect(() => createPalestra({ plugins: [plugin('x', { config: schema })], config }))
      .to.throw(/secret/)
      .and.not.match(/hunter2/);
  });

  const atStart: [what: string, plugins: AnyPlugin[], message: RegExp][] = [
    ['an operation without a handler', [plugin('x', { contract: thing })], /x .*listThings/],
    [
      'a handler without an operation',
      [plugin('x', { setup: () => ({ handlers: { stray: () => undefined } }) })],
      /x .*stray/,
    ],
    [
      'a setup that throws',
      [
        plugin('x', {
          setup: () => {
            throw new Error('no');
          },
        }),
      ],
      /x 1\.2\.3/,
    ],
  ];
  for (const [what, plugins, message] of atStart) {
    it(`does not start with ${what}`, async () => {
      const failure = await startTestHost({ plugins }).catch((error: unknown) => error);
      expect(String((failure as Error).message)).to.match(message);
    });
  }

  it('gives a plugin its configuration with the defaults filled in', async () => {
    let given: unknown;
    const host = await startTestHost({
      plugins: [
        plugin('x', {
          config: schema,
          setup: (scope: { config: unknown }) => {
            given = scope.config;
            return { handlers: {} };
          },
        }),
      ],
      config: { x: { secret: 'long enough' } },
    });
    await host.stop();
    expect(given).to.deep.equal({ secret: 'long enough', size: 5 });
  });
});

function gpk(): ContractFragment {
  const operation = { operationId: 'mine', 'x-public': true as const, responses: { '200': { description: 'ok' } } };
  return { paths: { '/api/gpk': { get: operation } } };
}
