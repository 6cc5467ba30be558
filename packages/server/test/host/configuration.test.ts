/** Defaults are the same whether a validator filled them in or none was needed. */
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { stams } from '@palestra/plugin-stams';
import { team } from '@palestra/plugin-team';
import { transaction } from '@palestra/plugin-transaction';
import { expect } from 'chai';
import { configurePlugins } from '../../src/host/configuration.js';
import { orderedPlugins } from '../../src/host/services.js';
import type { AnyPlugin } from '../../src/plugin/plugin.js';

const { all: plugins } = orderedPlugins({ plugins: [gym, merchandise, transaction, team, stams] });
const configOf = (plugin: AnyPlugin, config: Readonly<Record<string, unknown>>) =>
  configurePlugins([plugin], { config, environment: {}, publicUrl: undefined }).get(plugin.name);

describe('the configuration of plugins', () => {
  for (const plugin of plugins.filter(({ config }) => config)) {
    it(`of ${plugin.name} is the same where nothing is given and where nothing is said`, () => {
      expect(configOf(plugin, {})).to.deep.equal(configOf(plugin, { [plugin.name]: {} }));
    });
  }

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
