/** The resource SampleItem as a plugin. */
import type { Plugin } from '@palestra/server';
import { contract, type operations } from './contract.generated.js';
import { migrations } from './migrations.js';
import { facts, rules, type ShownSampleItem } from './resource.js';
import { version } from './version.generated.js';

export const samplePlugin: Plugin<{ operations: operations }> = {
  name: 'sample-plugin',
  version,
  host: '^1.0.0',
  contract,
  migrations,
  setup(scope) {
    const resource = scope.resource<ShownSampleItem>(facts, rules);
    return {
      handlers: {
        operateSampleItem: resource.operate,
        listSampleItems: resource.list,
        getSampleItem: resource.get,
        deleteSampleItem: resource.remove,
      },
    };
  },
};
