/**
 * Plugin configuration: what the app gives and what the environment sets, validated with its defaults filled in, before
 * anything opens. What it holds never reaches a message.
 */
import { type HostFacts, isJsonObject, type Schema, SettingError } from '@palestra/core';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { createAjv } from '../contract/ajv.js';
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
  return new Map(
    plugins.map((plugin) => {
      const given = settingsOf(plugin, environment, config[plugin.name]);
      return [plugin.name, completed(plugin, validated(plugin, given), { publicUrl })];
    }),
  );
}

/** Of a schema that wants nothing, and only describes settings. */
const plainKeywords: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'additionalProperties',
  'title',
  'description',
]);

/** Of a setting that is a switch or a whole number. */
const settingKeywords: ReadonlySet<string> = new Set(['type', 'minimum', 'maximum', 'default', 'title', 'description']);

/**
 * Switches and whole numbers, judged without ajv, which would be a tenth of a start. Undefined where only ajv can tell
 * whether it is valid.
 */
function plainConfig(schema: Schema, given: unknown = {}): Record<string, unknown> | undefined {
  const { properties = {} } = schema;
  const wantsNothing = Object.keys(schema).every((keyword) => plainKeywords.has(keyword));
  if (!wantsNothing || !isJsonObject(given)) return undefined;
  const settings = Object.entries(given);
  const areRight = settings.every(
    ([name, value]) => Object.hasOwn(properties, name) && isRight(value, properties[name]),
  );
  return areRight ? { ...defaultsOf(schema), ...given } : undefined;
}

function isRight(value: unknown, schema: Schema = {}): boolean {
  if (!Object.keys(schema).every((keyword) => settingKeywords.has(keyword))) return false;
  const { type, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  if (type === 'boolean') return typeof value === 'boolean';
  return (
    type === 'integer' &&
    Number.isSafeInteger(value) &&
    Number(minimum) <= Number(value) &&
    Number(value) <= Number(maximum)
  );
}

function defaultsOf({ properties = {} }: Schema): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    if (schema.default === undefined) continue;
    const value = structuredClone(schema.default);
    defaults[name] = isJsonObject(value) ? { ...defaultsOf(schema), ...value } : value;
  }
  return defaults;
}

function validated(plugin: AnyPlugin, given: unknown): unknown {
  if (!plugin.config) {
    if (given !== undefined) throw new Error(`Plugin ${plugin.name} takes no configuration.`);
    return {};
  }
  const plain = plainConfig(plugin.config, given);
  if (plain) return plain;
  const config = structuredClone(given ?? {});
  const validate = validatorOf(plugin.config);
  if (validate(config)) return config;
  const { kind, field, pointer, detail } = faultOf(validate.errors, (...steps) => steps.map((s) => `/${s}`).join(''));
  const problem = { required: 'is required', unknown: 'is not known', invalid: detail.replace(field, '').trim() };
  throw invalid(plugin, pointer, `${field} ${problem[kind]}`);
}

/** Plugins are constants, and a process may make several hosts of them. */
const validatorsBySchema = new WeakMap<Schema, ValidateFunction>();

function validatorOf(schema: Schema): ValidateFunction {
  const validate = validatorsBySchema.get(schema) ?? createAjv({ useDefaults: true }).compile(schema);
  validatorsBySchema.set(schema, validate);
  return validate;
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
