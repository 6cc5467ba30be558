/** The configuration is the same, and refused alike, whether ajv judged it or was not needed. */
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { stams } from '@palestra/plugin-stams';
import { team } from '@palestra/plugin-team';
import { transaction } from '@palestra/plugin-transaction';
import { expect } from 'chai';
import { createAjv } from '../../src/contract/ajv.js';
import { configurePlugins } from '../../src/host/configuration.js';
import { orderedPlugins } from '../../src/host/services.js';
import type { AnyPlugin } from '../../src/plugin/plugin.js';

const { all: plugins } = orderedPlugins({ plugins: [gym, merchandise, transaction, team, stams] });
const configOf = (plugin: AnyPlugin, config: Readonly<Record<string, unknown>>) =>
  configurePlugins([plugin], { config, environment: {}, publicUrl: undefined }).get(plugin.name);

/** Undefined for what it refuses. */
function judgedByAjv(schema: object | undefined, given: unknown): unknown {
  const config = structuredClone(given);
  return createAjv({ useDefaults: true }).compile(schema ?? {})(config) ? config : undefined;
}

describe('the configuration of plugins', () => {
  for (const plugin of plugins.filter(({ config }) => config)) {
    it(`of ${plugin.name} is as ajv fills it in where nothing is given`, () => {
      const { configure: _, ...bare } = plugin;
      expect(configOf(bare, {})).to.deep.equal(judgedByAjv(plugin.config, {}));
    });
  }

  it('of switches and numbers is what ajv takes, and nothing that it refuses', () => {
    const config = {
      type: 'object',
      additionalProperties: false,
      properties: {
        on: { type: 'boolean', default: true },
        count: { type: 'integer', minimum: 0, maximum: 600, default: 5 },
        share: { type: 'number', exclusiveMinimum: 0 },
        many: { type: 'integer', multipleOf: 5 },
      },
    };
    const plugin = { ...gym, config } as unknown as AnyPlugin;
    const values = [true, false, 0, -0, -1, 1, 5.5, 7, 600, 601, 2 ** 53, Number.NaN, '5', '', null, undefined, [], {}];
    for (const name of ['on', 'count', 'share', 'many', 'other', 'constructor', '__proto__']) {
      for (const value of values) {
        const given = JSON.parse('{}');
        Object.defineProperty(given, name, { value, enumerable: true, configurable: true, writable: true });
        const judged = judgedByAjv(config, given);
        const configured = () => configOf(plugin, { gym: given });
        if (judged === undefined) expect(configured, `${name} ${value}`).to.throw('is not valid');
        else expect(configured(), `${name} ${value}`).to.deep.equal(judged);
      }
    }
  });

  it('is not shared with another host', () => {
    const [identity] = plugins.filter(({ name }) => name === 'identity');
    const wechatOf = () => (configOf(identity as AnyPlugin, {}) as { wechat: { apps: string[] } }).wechat;
    wechatOf().apps.push('one');
    expect(wechatOf().apps).to.deep.equal([]);
  });

  it('is validated where the schema wants something, although nothing is given', () => {
    const plugin = { ...gym, config: { type: 'object', required: ['size'], properties: {} } } as unknown as AnyPlugin;
    expect(() => configOf(plugin, {})).to.throw('size is required');
  });
});
