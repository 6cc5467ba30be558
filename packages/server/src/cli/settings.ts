/** Every setting as it is: what `palestra doctor` lists. */
import { namesOf, type Variable } from '../environment/variable.js';
import type { CommandContext } from './command.js';
import { hostVariables } from './environment.js';
import { hostOf } from './host.js';

export interface Setting {
  readonly name: string;
  readonly description: string;
  /** Of a plugin, which it configures. */
  readonly plugin?: string;
  /** Undefined where it is not set; `(secret)` for one. */
  readonly value?: string;
  readonly default?: string;
}

export function settingsOf(context: CommandContext): Setting[] {
  const { all } = context.environment;
  const ofHost = Object.values(hostVariables).map((variable) => settingOf(variable, all));
  const ofPlugins = hostOf(context)
    .variables()
    .map((variable) => ({ ...settingOf(variable, all), plugin: variable.plugin }));
  return [...ofHost, ...ofPlugins];
}

function settingOf(variable: Variable, all: CommandContext['environment']['all']): Setting {
  const { name, description, unset } = variable;
  const value = shownValue(variable, all);
  return { name, description, ...(value !== undefined && { value }), ...(unset !== undefined && { default: unset }) };
}

function shownValue(variable: Variable, all: CommandContext['environment']['all']): string | undefined {
  const source = namesOf(variable).find((each) => all[each]);
  if (source === undefined) return undefined;
  if (source !== variable.name) return `(from ${all[source]})`;
  return variable.secret ? '(secret)' : all[source];
}

export function settingLines(settings: readonly Setting[]): string[] {
  const width = Math.max(...settings.map(({ name }) => name.length));
  const rows = settings.map(({ name, value, default: initial, plugin }) => {
    const shown = value ?? (initial === undefined ? 'not set' : `${initial} (default)`);
    return `  ${name.padEnd(width)}  ${shown}${plugin === undefined ? '' : ` (plugin ${plugin})`}`;
  });
  return ['Settings (environment variables):', ...rows];
}
