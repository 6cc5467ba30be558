/** The parts that every host has, as plugins. `orderPlugins` moves each behind those whose services it needs. */
import { audit } from '../audit/index.js';
import { createBackup } from '../backup/index.js';
import { eventDelivery, events } from '../events/index.js';
import { idempotency } from '../idempotency/index.js';
import { createIdentity } from '../identity/index.js';
import { management } from '../management/index.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import { createRateLimit } from '../rate-limit/index.js';
import type { PalestraOptions } from './options.js';

export interface HostParts {
  /** Set up before the app's plugins. */
  readonly first: readonly AnyPlugin[];
  /** Set up after them: started when every subscriber has, and stopped before any. */
  readonly last: readonly AnyPlugin[];
}

export function createHostParts(options: PalestraOptions, dataDir: string): HostParts {
  const { rateLimit = true, schemes, dba, onFirstAccount } = options;
  const identity = createIdentity({
    ...(schemes && { schemes }),
    ...(dba && { dba }),
    ...(onFirstAccount && { onFirstAccount }),
  });
  const backup = createBackup({ folder: `${dataDir}/backups` });
  return {
    first: [audit, events, createRateLimit({ on: rateLimit }), identity, management, backup, idempotency],
    last: [eventDelivery],
  };
}
