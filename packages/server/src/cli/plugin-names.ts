/** The names of a new plugin in all their spellings, and why some cannot be taken. */
import { pluralOf, snakeCase } from '../generate/resource/names.js';
import { reserved } from './reserved-names.generated.js';

export interface PluginNames {
  /** `towel-rental` */
  readonly plugin: string;
  /** `towelRental`: the plugin in code. */
  readonly constant: string;
  /** `BathTowel`: the resource in types and schemas. */
  readonly resource: string;
  /** `BathTowels`: several of them. */
  readonly plural: string;
  /** `bathTowel`: the resource in code and in the client. */
  readonly variable: string;
  /** `bath_towel`: the resource in paths and tables. */
  readonly snake: string;
}

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const resourcePattern = /^[A-Z][A-Za-z0-9]*$/;

/** @throws Error saying what is wrong with a name, and what to choose instead */
export function pluginNames(plugin: string, resource: string = pascal(plugin)): PluginNames {
  if (!namePattern.test(plugin)) {
    throw new Error(
      `${plugin} cannot be the name of a plugin. Use lower-case letters, digits and dashes: towel-rental.`,
    );
  }
  if (!resourcePattern.test(resource)) {
    throw new Error(`${resource} cannot be the name of a resource. Begin with a capital letter: ${pascal(plugin)}.`);
  }
  const names = {
    plugin,
    constant: camel(pascal(plugin)),
    resource,
    plural: pluralOf(resource),
    variable: camel(resource),
    snake: snakeCase(resource),
  };
  const fault = pluginFault(names) ?? resourceFault(names);
  if (fault !== undefined) throw new Error(fault);
  return names;
}

export function pascal(name: string): string {
  return name
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

function camel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function pluginFault({ plugin, constant }: PluginNames): string | undefined {
  const other = `Choose another name, such as ${plugin}-rental.`;
  if (reserved.plugins.includes(plugin)) return `Palestra has a plugin named ${plugin}. ${other}`;
  if (keywords.has(constant)) return `${constant} is a reserved word of JavaScript. ${other}`;
  if (bound.has(constant)) return `${constant} is a name that the files of every plugin use. ${other}`;
  return undefined;
}

function resourceFault({ plugin, resource, plural, variable, snake }: PluginNames): string | undefined {
  const other = `Choose another one with --resource, such as ${pascal(plugin)}Item.`;
  const schemas = ['', 'Fields', 'Create', 'Update', 'Query', 'Envelope', 'ListEnvelope', 'Outcome'];
  const operations = [`operate${resource}`, `list${plural}`, `get${resource}`, `delete${resource}`];
  const schema = schemas.map((ending) => resource + ending).find((each) => reserved.schemas.includes(each));
  const operation = operations.find((each) => reserved.operations.includes(each));
  const taken =
    (schema !== undefined && `the schema ${schema}`) ||
    (operation !== undefined && `the operation ${operation}`) ||
    (reserved.tables.includes(snake) && `the table ${snake}`) ||
    (reserved.paths.includes(`/api/${snake}`) && `the path /api/${snake}`) ||
    (reserved.clientMembers.includes(variable) && `client.${variable}`);
  if (taken) return `${resource} cannot be the resource: Palestra has ${taken} already. ${other}`;
  if (keywords.has(variable)) return `${variable} is a reserved word of JavaScript. ${other}`;
  return undefined;
}

/** Names that cannot be bound in a module (ECMA-262, 12.7.2 and 13.1.1). */
const keywords: ReadonlySet<string> = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends false
  finally for function if implements import in instanceof interface let new null package private protected public return
  static super switch this throw true try typeof undefined var void while with yield`.split(/\s+/),
);

/** What the template's modules bind beside the plugin. */
const bound: ReadonlySet<string> = new Set(
  `after assert before client components conform conformance contract createClient describe fixtures formatReport it
  made memoryTokens migrations operations plugin resource resources rules startTestHost version`.split(/\s+/),
);
