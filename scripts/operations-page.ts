/** The tables of `docs/operations.md` that say what the code declares: each is between two comments with its name. */
import { createPalestra } from '@palestra/server';
import { argumentLine, type Command, commands, hostVariables, optionsOf, type Variable } from '@palestra/server/cli';
import { plugins } from '../palestra.config.js';

/** The page with its tables as they are now. @throws Error for a table that it has no place for */
export function operationsPage(page: string): string {
  return Object.entries(tables()).reduce((text, [name, lines]) => {
    const place = new RegExp(`(<!-- ${name} -->\n).*?(<!-- end -->)`, 's');
    if (!place.test(text)) throw new Error(`docs/operations.md has no place for the table of ${name}.`);
    return text.replace(place, (_, begin, end) => `${begin}\n${lines.join('\n')}\n\n${end}`);
  }, page);
}

function tables(): Readonly<Record<string, readonly string[]>> {
  const ofPlugins = createPalestra({ plugins, dataDir: 'never-opened' }).variables();
  return {
    'variables of the server': [
      '| variable | default | |',
      '|---|---|---|',
      ...Object.values(hostVariables).map((variable) => row([...cells(variable)])),
    ],
    'variables of plugins': [
      '| variable | default | | same as |',
      '|---|---|---|---|',
      ...ofPlugins.map((variable) =>
        row([...cells(variable), `\`config.${variable.plugin}${path(variable.setting)}\``]),
      ),
    ],
    commands: ['| command | |', '|---|---|', ...commands.map((command) => row(described(command)))],
  };
}

function described(command: Command): string[] {
  const { name, summary, details } = command;
  const options = Object.entries(optionsOf(command))
    .filter(([option]) => option !== 'help')
    .map(([option, { value }]) => `[--${option}${value ? ` ${value}` : ''}]`);
  const call = ['palestra', name, argumentLine(command), ...options].filter(Boolean).join(' ');
  return [`\`${call}\``, `${summary}.${details === undefined ? '' : ` ${details}`}`];
}

function cells({ name, unset, description, secret, file }: Variable): string[] {
  const note = secret ? ' Secret.' : file ? ` Also as \`${name}_FILE\`.` : '';
  const initial = unset === undefined || unset.includes(' ') ? unset : `\`${unset}\``;
  return [`\`${name}\``, initial ?? '', description + note];
}

function path(setting: string): string {
  return setting.replaceAll(/\/(\d+)/g, '[$1]').replaceAll('/', '.');
}

const row = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
