/**
 * Plugin configuration: what the app gives and what the environment sets, validated with its defaults filled in, before
 * anything opens. What it holds never reaches a message.
 */
import { type HostFacts, SettingError } from '@palestra/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { faultOf } from '../contract/faults.js';
import { settingsOf, variableFor } from '../environment/plugin-variables.js';
import type { ProcessEnvironment } from '../environment/variable.js';
import type { AnyPlugin } from '../plugin/plugin.js';

export interface Configuring extends HostFacts {
  /** By plugin name. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Where plugins' variables are read from; none for an app that did not ask for it. */
  readonly environment: ProcessEnvironment;
}

/** @throws Error naming the plugin and the field, and for a misspelt plugin name the ones there are */
export function configurePlugins(
  plugins: readonly AnyPlugin[],
  { config, environment, publicUrl }: Configuring,
): Map<string, unknown> {
  const names = plugins.map(({ name }) => name);
  const unknown = Object.keys(config).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `There is configuration for ${unknown}, but no such plugin. The plugins of this host are ${names.join(', ')}.`,
    );
  }
  // Compiling the schema of schemas would be a tenth of the start; the conformance kit validates each schema with it.
  const ajv = new Ajv2020({ strict: false, useDefaults: true, validateSchema: false });
  addFormats.default(ajv);
  return new Map(
    plugins.map((plugin) => {
      const given = settingsOf(plugin, environment, config[plugin.name]);
      return [plugin.name, completed(plugin, validated(ajv, plugin, given), { publicUrl })];
    }),
  );
}

function validated(ajv: Ajv2020, plugin: AnyPlugin, given: unknown): unknown {
  if (!plugin.config) {
    if (given !== undefined) throw new Error(`Plugin ${plugin.name} takes no configuration.`);
    return {};
  }
  const config = structuredClone(given ?? {});
  const validate = ajv.compile(plugin.config);
  if (validate(config)) return config;
  const { kind, field, pointer, detail } = faultOf(validate.errors, (...steps) => steps.map((s) => `/${s}`).join(''));
  const problem = { required: 'is required', unknown: 'is not known', invalid: detail.replace(field, '').trim() };
  throw invalid(plugin, pointer, `${field} ${problem[kind]}`);
}

function completed(plugin: AnyPlugin, config: unknown, host: HostFacts): unknown {
  if (!plugin.configure) return config;
  try {
    return plugin.configure(config, host);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw invalid(plugin, error.setting, `${error.setting.slice(1).replaceAll('/', '.')} ${error.problem}`);
  }
}

function invalid(plugin: AnyPlugin, setting: string, fault: string): Error {
  const variable = variableFor(plugin, setting);
  const where = variable === undefined ? '' : ` The variable ${variable} sets it.`;
  return new Error(`The configuration of plugin ${plugin.name} is not valid: ${fault}.${where}`);
}
