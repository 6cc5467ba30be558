/** Management: people and their privileges, collections, the audit; a plugin like any other, for level 0 and 1. */
import { need, type ServiceRef, serviceRef } from '@palestra/core';
import type { AuditReader } from '../audit/index.js';
import { type IdentityService, identityService } from '../identity/index.js';
import type { Plugin } from '../plugin/plugin.js';
import { version } from '../version.generated.js';
import { CollectionRegistry, createCollections } from './collections.js';
import { contract, type operations } from './contract.generated.js';
import { migrations } from './migrations.js';
import { createOperations } from './operations.js';
import { type AdminUser, facts, rules } from './resource.js';
import { createPeople, type People } from './store.js';

export type { CollectionRegistry } from './collections.js';
export type { NewPerson, People, Verb } from './store.js';

/** For commands on the server. */
export const peopleService: ServiceRef<People> = serviceRef('people');

export interface ManagementTypes {
  operations: operations;
  needs: { readonly identity: IdentityService };
  service: People;
}

export interface Management {
  readonly plugin: Plugin<ManagementTypes>;
  /** To be told of every resource that a plugin sets up. */
  readonly collections: CollectionRegistry;
}

export function createManagement(reader: AuditReader): Management {
  const registry = new CollectionRegistry();
  const plugin: Management['plugin'] = {
    name: 'management',
    version,
    host: '^1.0.0',
    contract,
    requires: { identity: need(identityService) },
    provides: peopleService,
    migrations,
    setup(scope) {
      const { database, audit } = scope;
      const people = createPeople({ database, identity: scope.services.identity, audit });
      const users = scope.resource<AdminUser>(facts, rules);
      const collections = createCollections(registry, database);
      return { handlers: createOperations({ database, users, people, collections, audit, reader }), service: people };
    },
  };
  return { plugin, collections: registry };
}
