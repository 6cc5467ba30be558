/** The fields of a SampleItem in contract and database, and who may change one. */
import type { ResourceFacts, ResourceRules } from '@palestra/server';
import type { components } from './contract.generated.js';

export type ShownSampleItem = components['schemas']['SampleItem'];

export const facts: ResourceFacts = {
  type: 'SampleItem',
  table: 'sample_item',
  schema: 'SampleItemFields',
  fields: {
    name: { kind: 'text', columns: ['name'], folded: 'name_folded', indexed: true },
    note: { kind: 'text', columns: ['note'], folded: 'note_folded' },
  },
  required: ['name'],
  unique: { index: 'sample_item_name', field: 'name' },
};

/** Nothing beyond the privileges of `openapi.yaml`. Each rule may throw a PalestraError. */
export const rules: ResourceRules<ShownSampleItem> = {};
