/** The audit as a part of the host: who did what to what, when and from where. */
import { guest, type Schema } from '@palestra/core';
import { transactionOf } from '../database/connected-unit.js';
import type { AuditActor } from '../plugin/audit.js';
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { createAnchoring } from './anchors.js';
import { entriesOf } from './entries-of.js';
import { createLanes, mostLanes, newChainName } from './lanes.js';
import { migrations } from './migrations.js';
import { openedRows } from './opened.js';
import { createAuditPersons, erasedObject, erasure } from './persons.js';
import { protect } from './protection.js';
import { createAuditStore } from './store.js';
import { type AuditService, auditService } from './types.js';
import { verifyAudit } from './verify.js';
import { createWriter } from './writer.js';

export interface AuditTypes {
  operations: object;
  config: { readonly creates: boolean; readonly chain?: string };
  service: AuditService;
}

const configSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    creates: { type: 'boolean', default: false, description: 'Also write an entry for each resource that is created.' },
    chain: {
      type: 'string',
      pattern: '^[\\w.-]{1,64}$',
      description: 'Chain to append to. By default new ones: instances that share one wait for each other.',
    },
  },
};

export const audit: HostPart<AuditTypes> = {
  name: 'audit',
  version,
  host: '^1.0.0',
  contract: { paths: {} },
  config: configSchema,
  provides: auditService,
  migrations,
  restore: [
    { table: 'audit_entry', keep: 'rows', history: true },
    { table: 'audit_person', keep: 'rows', history: true },
    { table: 'audit_chain', keep: 'rows' },
    { table: 'audit_anchor', keep: 'rows' },
  ],
  async setup({ config, database, host: { keys: keyStore, clock, log } }) {
    const keys = await keyStore.secrets('audit');
    const store = createAuditStore(database);
    const persons = createAuditPersons(database);
    const most = config.chain === undefined && database.dialect.name === 'mysql' ? mostLanes : 1;
    const takeLane = createLanes(config.chain ?? newChainName(), most, transactionOf);
    const writer = createWriter({ takeLane, store, persons, keys, clock, creates: config.creates });
    const anchoring = createAnchoring({ store, keys, clock, log });
    const refused = await protect(database);
    if (refused.length > 0) {
      log.warn({ refused }, 'The database user may not create triggers: make the audit append-only by its grants.');
    }
    return {
      handlers: {},
      service: {
        writer,
        async erase(unit, actor, accountId) {
          const pid = await persons.erase(accountId, unit);
          const object = pid === undefined ? 'person' : erasedObject(pid);
          await writer.record(unit, isAbout(actor, accountId) ? nameless : actor, { action: erasure, object });
        },
        entriesOf: (accountId) => entriesOf(accountId, store, persons),
        reader: {
          after: async (position, limit) => openedRows(await store.after(position, limit), persons),
          verify: (logged) => verifyAudit({ store, persons, keys }, logged),
          anchor: () => anchoring.anchor(),
        },
      },
      start: () => anchoring.start(),
      stop: () => anchoring.stop(),
    };
  },
};

/** Somebody who deletes their own account: the entry must not bring the name back. */
const nameless: AuditActor = { principal: guest, ip: '', requestId: '' };

function isAbout(actor: AuditActor, accountId: number): boolean {
  return 'principal' in actor && actor.principal.kind === 'account' && actor.principal.accountId === accountId;
}
