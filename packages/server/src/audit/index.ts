/** The audit: who did what to what, when and from where; tables and anchors as a plugin like any other. */
import type { Schema } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Audit } from '../plugin/audit.js';
import type { Plugin } from '../plugin/plugin.js';
import { version } from '../version.generated.js';
import { createAnchoring, type Heads } from './anchors.js';
import { newChainName } from './chain.js';
import { migrations } from './migrations.js';
import { protect } from './protection.js';
import { type AuditStore, createAuditStore } from './store.js';
import { type Verification, verifyAudit } from './verify.js';
import { createWriter } from './writer.js';

export type { Heads } from './anchors.js';
export type { AuditRow } from './chain.js';
export { missingTriggers } from './protection.js';
export type { AuditPosition } from './store.js';
export type { Verification } from './verify.js';

export interface AuditTypes {
  operations: object;
  config: { readonly creates: boolean };
}

const configSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    creates: { type: 'boolean', default: false, description: 'Also write an entry for each resource that is created.' },
  },
};

export interface AuditTrail {
  readonly plugin: Plugin<AuditTypes>;
  /** Usable once the plugin is set up, as is the reader. */
  readonly writer: Audit;
  readonly reader: AuditReader;
}

export interface AuditReader extends Pick<AuditStore, 'after'> {
  /** `logged` are heads that the log of an instance shows. */
  verify(logged?: readonly Heads[]): Promise<Verification>;
  /** Anchors the heads now instead of within five minutes. */
  anchor(): Promise<void>;
}

interface Parts {
  readonly store: AuditStore;
  readonly keys: KeyRing<SecretKey>;
  readonly writer: Audit;
  readonly anchor: () => Promise<void>;
}

export function createAudit(): AuditTrail {
  let parts: Parts | undefined;
  const ready = () => {
    if (!parts) throw new Error('The audit is not set up yet.');
    return parts;
  };
  const plugin: AuditTrail['plugin'] = {
    name: 'audit',
    version,
    host: '^1.0.0',
    contract: { paths: {} },
    config: configSchema,
    migrations,
    restore: [
      { table: 'audit_entry', keep: 'rows' },
      { table: 'audit_chain', keep: 'rows' },
      { table: 'audit_anchor', keep: 'rows' },
    ],
    async setup({ config, database, keys: keyStore, clock, log }) {
      const keys = await keyStore.secrets('audit');
      const store = createAuditStore(database);
      const anchoring = createAnchoring({ store, keys, clock, log });
      parts = {
        store,
        keys,
        writer: createWriter({ chain: newChainName(), store, keys, clock, creates: config.creates }),
        anchor: anchoring.anchor,
      };
      const refused = await protect(database);
      if (refused.length > 0) {
        log.warn({ refused }, 'The database user may not make triggers: let its grants keep the audit append-only.');
      }
      return { handlers: {}, start: () => anchoring.start(), stop: () => anchoring.stop() };
    },
  };
  return {
    plugin,
    writer: {
      get creates() {
        return ready().writer.creates;
      },
      record: (unit, actor, event) => ready().writer.record(unit, actor, event),
    },
    reader: {
      after: (position, limit) => ready().store.after(position, limit),
      verify: (logged) => verifyAudit(ready().store, ready().keys, logged),
      anchor: () => ready().anchor(),
    },
  };
}
