/** `palestra openapi`: the composed document as YAML; the repository's `openapi.yaml` is its output. */
import { type Command, command } from '../command.js';
import { hostOf } from '../host.js';

export const openapi: Command = command({
  name: 'openapi',
  summary: 'Print the composed OpenAPI document as YAML',
  json: true,
  async run(context) {
    const document = hostOf(context).openapi();
    const { stringify } = await import('yaml');
    context.report(document, [stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd()]);
    return 0;
  },
});
