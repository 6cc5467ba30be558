/** Puts the parts of backup together, at each boot of the host. */
import { catalogue, PalestraError, type PluginParts } from '@palestra/core';
import { createLease } from '../database/lease.js';
import type { Instances } from '../instances/index.js';
import type { HostScope } from '../plugin/host-part.js';
import type { PluginMetrics } from '../plugin/metrics.js';
import { createBackups } from './backups.js';
import type { BackupConfig } from './config.js';
import type { operations } from './contract.generated.js';
import { assertRecipients } from './encryption.js';
import { createFolder } from './folder.js';
import { createHook, type Hook } from './hook.js';
import { createOperations } from './operations.js';
import { createSchedule } from './schedule.js';
import { type Alone, createService } from './service.js';
import { type BackupState, createState } from './state.js';
import type { BackupService, Retention } from './types.js';

export interface BackupTypes {
  operations: operations;
  config: BackupConfig;
  needs: { readonly instances: Instances };
  service: BackupService;
}

type Scope = HostScope<BackupTypes>;

export async function setUp(
  scope: Scope,
  host: { readonly folder: string; readonly alone: Alone },
): Promise<PluginParts<BackupTypes>> {
  const { config, database, audit, metrics } = scope;
  const { clock, log } = scope.host;
  const { keys, plugins, pause } = scope.host.internals;
  const { recipients = [] } = config;
  if (recipients.length > 0) await assertRecipients(recipients);
  const backups = await createBackups({ database, plugins, keys, clock });
  const folder = createFolder(config.folder ?? host.folder, recipients.length > 0);
  const ring = await keys.secrets('backup');
  const state = createState(database);
  measure(metrics, state);
  const failures = metrics.counter({ name: 'failures_total', help: 'Backups that could not be made.' });
  const hook = hookOf(scope);
  const service = createService({
    backups,
    folder,
    state,
    keys: ring,
    configured: { recipients, hook },
    failures,
    exclusion: { alone: host.alone, pause, assertNoOthers: () => assertNoOthers(scope) },
    host: scope.host,
  });
  const schedule =
    config.schedule === undefined
      ? undefined
      : await createSchedule({
          pattern: config.schedule,
          state,
          lease: createLease({ database, clock, table: 'backup_lease', name: 'schedule' }),
          clock,
          log,
          make: () => makeScheduled(scope, service, folder.path),
        });
  return {
    service: { ...service, makeDue: async () => (await schedule?.makeDue()) ?? false },
    handlers: createOperations({ service, folder, ring, database, audit, clock, log }),
    async start() {
      await folder.sweep(clock.now());
      schedule?.start();
    },
    async stop() {
      await Promise.all([hook?.stop(), schedule?.stop()]);
    },
  };
}

/** `LOCK TABLES` holds on one node of a cluster: instances at the others would write meanwhile. */
async function assertNoOthers({ database, services }: Scope): Promise<void> {
  if (!database.dialect.cluster) return;
  const others = await services.instances.others();
  if (others.length === 0) return;
  const names = others.map(({ name }) => name).join(', ');
  throw new PalestraError(
    catalogue.conflict,
    `On a Galera cluster a backup is restored while no other instance serves. Stop ${names}, wait 20 s if one was killed, and restore it then.`,
  );
}

async function makeScheduled(
  { config, database, audit, host: { log } }: Scope,
  service: Pick<BackupService, 'keep' | 'runHook' | 'forget'>,
  folder: string,
) {
  const { path, ...made } = await service.keep();
  const event = { action: 'backup.create', object: `backup/${path.slice(folder.length + 1)}` };
  await database.unitOfWork((unit) => audit.record(unit, { program: 'backup schedule' }, event));
  log.info({ file: path, bytes: made.bytes }, 'A scheduled backup was made.');
  await service.runHook(path, made);
  const retention = retentionOf(config);
  if (!retention) return;
  const { removed, damaged } = await service.forget(folder, retention);
  if (removed.length > 0) log.info({ removed }, 'Backups that are no longer kept were deleted.');
  if (damaged.length > 0) log.error({ damaged }, 'Backups are damaged.');
}

/** Undefined where all are kept. */
function retentionOf({ keepDaily, keepWeekly, keepMonthly }: BackupConfig): Retention | undefined {
  if ((keepDaily ?? keepWeekly ?? keepMonthly) === undefined) return undefined;
  return { keepDaily: keepDaily ?? 0, keepWeekly: keepWeekly ?? 0, keepMonthly: keepMonthly ?? 0 };
}

function hookOf({ config, database, audit, metrics, host: { log } }: Scope): Hook | undefined {
  const failures = metrics.counter({
    name: 'hook_failures_total',
    help: 'Runs of the hook for finished backups that did not end with exit code 0.',
  });
  if (config.hook === undefined) return undefined;
  const timeoutMs = config.hookTimeout * 1000;
  return createHook({ program: config.hook, timeoutMs, database, audit, failures, log });
}

/** The same on every instance, and for backups that commands make. */
function measure(metrics: PluginMetrics, state: BackupState): void {
  metrics.observableGauge(
    { name: 'last_success_timestamp_seconds', help: 'When the last good backup was made; 0 if there is none.' },
    async (observe) => observe(((await state.last('made'))?.at ?? 0) / 1000),
  );
  metrics.observableGauge({ name: 'last_size_bytes', help: 'Size of the last good backup.' }, async (observe) =>
    observe((await state.last('made'))?.bytes ?? 0),
  );
}
