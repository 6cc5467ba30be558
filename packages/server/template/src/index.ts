/** The resource SampleItem as a plugin. */
import type { Plugin } from '@palestra/server/plugin';
import { contract, type operations, resources } from './contract.generated.js';
import { migrations } from './migrations.js';
import { rules } from './resource.js';
import { version } from './version.generated.js';

export const samplePlugin: Plugin<{ operations: operations }> = {
  name: 'sample-plugin',
  version,
  host: '^1.0.0',
  contract,
  migrations,
  setup(scope) {
    const resource = scope.resource(resources.SampleItem, rules);
    return {
      handlers: { ...resource.handlers },
    };
  },
};
