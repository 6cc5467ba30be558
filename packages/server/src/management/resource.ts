/** An account as level 0 and 1 see it: read here, changed by its owner or by a grant. */
import { levelOf } from '@palestra/core';
import type { ResourceRules } from '../plugin/resource.js';
import type { AdminUserTypes } from './contract.generated.js';

export const rules: ResourceRules<AdminUserTypes> = {
  complete(rows) {
    for (const { shown } of rows) shown.level = levelOf(shown.role);
  },
};
