/** The facts of an account as level 0 and 1 see it: read here, changed by its owner or by a grant. */

import { levelOf } from '@palestra/core';
import type { ResourceFacts, ResourceRules } from '../plugin/resource.js';
import type { components } from './contract.generated.js';

export type AdminUser = components['schemas']['AdminUser'];

export const facts: ResourceFacts = {
  type: 'User',
  table: 'account',
  schema: 'UserFields',
  fields: {
    username: { kind: 'text', columns: ['username'], readOnly: true },
    email: { kind: 'text', columns: ['email'], readOnly: true },
    firstName: { kind: 'text', columns: ['first_name'], readOnly: true },
    lastName: { kind: 'text', columns: ['last_name'], readOnly: true },
    address: { kind: 'text', columns: ['address'], readOnly: true },
    role: { kind: 'text', columns: ['role'], readOnly: true },
    disabled: { kind: 'integer', columns: ['disabled'], readOnly: true },
  },
  required: [],
  lasting: true,
};

export const rules: ResourceRules<AdminUser> = {
  async complete(users) {
    for (const user of users) {
      user.level = levelOf(user.role);
      user.disabled = Boolean(user.disabled);
    }
  },
};
