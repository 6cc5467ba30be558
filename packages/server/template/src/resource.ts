/** Who may change a SampleItem, beyond the privileges of `openapi.yaml`. Each rule may throw a PalestraError. */
import type { ResourceRules } from '@palestra/server/plugin';
import type { SampleItemTypes } from './contract.generated.js';

export const rules: ResourceRules<SampleItemTypes> = {};
