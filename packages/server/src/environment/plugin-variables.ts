/** The variables of a plugin: each sets the setting that its JSON Pointer names, as the setting's schema says. */
import { type EnvironmentVariable, isJsonObject, type Schema } from '@palestra/core';
import type { AnyPlugin } from '../plugin/plugin.js';
import { readerOf } from './reader.js';
import { type ProcessEnvironment, readVariable, type Variable } from './variable.js';

export interface PluginVariable extends Variable {
  readonly plugin: string;
  /** JSON Pointer into the plugin's configuration. */
  readonly setting: string;
  readonly with?: string;
}

/** @throws Error naming plugin and variable for a setting that it does not have, or that no text can say */
export function variablesOf(plugin: AnyPlugin): PluginVariable[] {
  const declared: readonly EnvironmentVariable[] = plugin.environment ?? [];
  return declared.map((variable) => {
    const schema = schemaAt(plugin.config ?? {}, stepsOf(variable.setting));
    const reader = schema && readerOf(schema);
    if (!reader) {
      const fault = `which ${schema ? 'no text can be' : 'its configuration does not have'}`;
      throw new Error(`Plugin ${plugin.name} lets ${variable.name} set ${variable.setting}, ${fault}.`);
    }
    const { description = '', default: initial, writeOnly } = schema;
    return {
      ...variable,
      plugin: plugin.name,
      reader,
      description: String(description),
      ...(initial !== undefined && { unset: shown(initial) }),
      ...(writeOnly === true && { secret: true }),
    };
  });
}

/** `given` with what the environment sets, which wins. */
export function settingsOf(plugin: AnyPlugin, environment: ProcessEnvironment, given: unknown): unknown {
  let settings = given;
  for (const variable of variablesOf(plugin)) {
    if (variable.with !== undefined && !isSet(variable.with, environment)) continue;
    const value = readVariable(variable, environment);
    if (value !== undefined) settings = withValue(settings, stepsOf(variable.setting), value);
  }
  return settings;
}

/** The variable that sets `setting`, or a part of it. */
export function variableFor(plugin: AnyPlugin, setting: string): string | undefined {
  const declared: readonly EnvironmentVariable[] = plugin.environment ?? [];
  return declared.find((each) => each.setting === setting || each.setting.startsWith(`${setting}/`))?.name;
}

function isSet(name: string, environment: ProcessEnvironment): boolean {
  return Boolean(environment[name] || environment[`${name}_FILE`]);
}

function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function schemaAt(schema: Schema, [step, ...rest]: readonly string[]): Schema | undefined {
  if (step === undefined) return schema;
  const { properties = {}, items } = schema;
  const next = /^\d+$/.test(step) ? items : Object.hasOwn(properties, step) ? properties[step] : undefined;
  return next && schemaAt(next, rest);
}

function withValue(target: unknown, [step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value;
  if (/^\d+$/.test(step)) {
    const items: unknown[] = Array.isArray(target) ? [...target] : [];
    items[Number(step)] = withValue(items[Number(step)], rest, value);
    return items;
  }
  const members = isJsonObject(target) ? target : {};
  return { ...members, [step]: withValue(members[step], rest, value) };
}

function shown(initial: unknown): string {
  if (typeof initial === 'boolean') return initial ? 'on' : 'off';
  return typeof initial === 'string' ? initial : JSON.stringify(initial);
}
