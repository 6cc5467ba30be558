/** The parts of every host, and the order in which they and the plugins of the app are set up. */
import type { Clock } from '@palestra/core';
import { type Logger, pino } from 'pino';
import { type AuditTrail, createAudit } from '../audit/index.js';
import { createBackup } from '../backup/index.js';
import { createEvents, type Events } from '../events/index.js';
import { createIdempotency, type Idempotency } from '../idempotency/index.js';
import { createIdentity, type Identity } from '../identity/index.js';
import { createKeyStore, type KeyStore } from '../keys/index.js';
import { createManagement, type Management } from '../management/index.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import { createRateLimits, type RateLimits } from '../rate-limit/index.js';
import type { PalestraOptions } from './options.js';
import { orderPlugins } from './registry.js';

export interface Parts {
  readonly dataDir: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly rateLimits: RateLimits;
  readonly identity: Identity;
  readonly audit: AuditTrail;
  readonly management: Management;
  readonly idempotency: Idempotency;
  readonly events: Events;
  /** Those of the app among them, in the order of their needs. */
  readonly plugins: readonly AnyPlugin[];
}

/**
 * `pause` runs work while nothing else uses the database.
 * @throws Error for plugins that do not fit together, naming both ends
 */
export function createParts(options: PalestraOptions, pause: (work: () => Promise<void>) => Promise<void>): Parts {
  const { dataDir = './data', log = pino({ level: 'info' }), clock = { now: Date.now } } = options;
  const keys = createKeyStore({ directory: options.keysDir ?? `${dataDir}/keys`, clock });
  const rateLimits = createRateLimits({ on: options.rateLimit ?? true });
  const identity = createIdentity({
    keys,
    limiter: rateLimits.limiter,
    ...(options.schemes && { schemes: options.schemes }),
    ...(options.dba && { dba: options.dba }),
    ...(options.onFirstAccount && { onFirstAccount: options.onFirstAccount }),
  });
  const audit = createAudit();
  const management = createManagement(audit.reader);
  const idempotency = createIdempotency();
  const events = createEvents();
  const backup = createBackup({ folder: `${dataDir}/backups`, keys, plugins: () => plugins, pause });
  const plugins: AnyPlugin[] = orderPlugins([
    audit.plugin,
    rateLimits.plugin,
    identity.plugin,
    management.plugin,
    backup,
    idempotency.plugin,
    ...options.plugins,
    events.plugin,
  ]);
  return { dataDir, log, clock, keys, rateLimits, identity, audit, management, idempotency, events, plugins };
}
