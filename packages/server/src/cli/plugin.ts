/** `palestra plugin …`: for whoever writes one. */
import { type Command, UsageError } from './command.js';
import { checkPlugin } from './plugin-check.js';
import { generatePlugin } from './plugin-generate.js';
import { newPlugin } from './plugin-new.js';

const actions: Readonly<Record<string, Command['run']>> = {
  new: newPlugin,
  generate: generatePlugin,
  check: checkPlugin,
};

export const pluginCommand: Command = {
  usage: 'plugin new|generate|check',
  summary: 'Write a plugin, make its types, try it with the conformance kit',
  standalone: true,
  async run(context) {
    const [name = '', ...args] = context.args;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action) throw new UsageError(usage);
    return action({ ...context, args });
  },
};

const usage = `Usage:
  palestra plugin new NAME [--resource Thing] [--directory FOLDER]   Write a plugin that passes everything
  palestra plugin generate [--check]                                 Make types and client constants of openapi.yaml
  palestra plugin check [MODULE]                                     Try MODULE (dist/conformance.js) with the kit`;
