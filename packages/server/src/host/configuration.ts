/** Plugin configuration: validated at boot with its defaults filled in; what it holds never reaches a message. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { faultOf } from '../contract/faults.js';
import type { AnyPlugin } from '../plugin/plugin.js';

/** @throws Error naming the plugin and the field, and for a misspelt plugin name the ones there are */
export function configurePlugins(
  plugins: readonly AnyPlugin[],
  given: Readonly<Record<string, unknown>>,
): Map<string, unknown> {
  const names = plugins.map(({ name }) => name);
  const stranger = Object.keys(given).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    throw new Error(`There is configuration for ${stranger}, which is no plugin of this host (${names.join(', ')}).`);
  }
  // Compiling the schema of schemas would be a tenth of the start; `palestra plugin check` holds a schema against it.
  const ajv = new Ajv2020({ strict: false, useDefaults: true, validateSchema: false });
  addFormats.default(ajv);
  return new Map(plugins.map((plugin) => [plugin.name, configure(ajv, plugin, given[plugin.name])]));
}

function configure(ajv: Ajv2020, { name, config: schema }: AnyPlugin, given: unknown): unknown {
  if (!schema) {
    if (given !== undefined) throw new Error(`Plugin ${name} takes no configuration.`);
    return {};
  }
  const config = structuredClone(given ?? {});
  const validate = ajv.compile(schema);
  if (validate(config)) return config;
  const fault = faultOf(validate.errors);
  const what = {
    required: 'is required',
    unknown: 'is not known',
    invalid: fault.detail.replace(fault.field, '').trim(),
  };
  throw new Error(`The configuration of plugin ${name} is not valid: ${fault.field} ${what[fault.kind]}.`);
}
