/** `palestra openapi`: the composed document as YAML; the repository's `openapi.yaml` is its output. */
import { stringify } from 'yaml';
import { type Command, hostOf } from './command.js';

export const openapiCommand: Command = {
  usage: 'openapi',
  summary: 'Print the composed OpenAPI document',
  async run(context) {
    context.print(stringify(hostOf(context).openapi(), { aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd());
    return 0;
  },
};
