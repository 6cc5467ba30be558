/** From an open database to plugins that run and operations that answer. */
import { loadLibraries } from '@palestra/core/auth';
import { once } from '../async/once.js';
import { idNamesOf } from '../contract/id-names.js';
import { operationsOf } from '../contract/operations.js';
import { validatorsOf } from '../contract/validate.js';
import { inspectTables } from '../database/inspect.js';
import { migrate } from '../database/migrate.js';
import { migrationSetsOf } from '../database/migration-set.js';
import type { Serving } from '../http/middleware.js';
import { idempotencyService } from '../idempotency/types.js';
import { identityService } from '../identity/service.js';
import { importService } from '../import/index.js';
import { runningInstances } from '../instances/index.js';
import { rateLimitService } from '../rate-limit/types.js';
import { createResource } from '../resource/engine.js';
import { compileOperation } from '../steps/compile.js';
import type { StepServices } from '../steps/exchange.js';
import { loadKoaBody } from '../steps/koa-body.js';
import { takesOtherText } from '../steps/read-body.js';
import type { OpenHost } from './host.js';
import { type RunningPlugins, setUpPlugins } from './set-up.js';

export interface Booted {
  readonly plugins: RunningPlugins;
  readonly serving: Serving;
  /** What requests need and a start does not. */
  readonly later: readonly (() => unknown)[];
}

/** @throws Error naming the plugin that failed, after those before it were stopped */
export async function boot(host: OpenHost): Promise<Booted> {
  const { document, rateLimits } = host.contract;
  const { background = true, checkAnswers = false } = host.options;
  const failed = await migratePlugins(host);
  await host.database.assertWritable();
  const validators = validatorsOf(document);
  const tables = await inspectTables(host.database, migrationSetsOf(host.plugins.all));
  const plugins = await setUpPlugins(host, { failed, tables, engine: createResource });
  try {
    if (background) await plugins.start();
    const operations = operationsOf(document).map((operation) => {
      const handler = plugins.handler(operation.id);
      return [
        operation.id,
        compileOperation(operation, handler, { document, validators, rateLimits, checkAnswers }),
      ] as const;
    });
    const idNames = once(() => idNamesOf(document));
    const serving = { operations: new Map(operations), services: stepServices(host, plugins, idNames) };
    const needsKoaBody = operations.some(([, { body }]) => body && takesOtherText(body));
    const later = [loadLibraries, ...(needsKoaBody ? [loadKoaBody] : []), ...validators.shared, idNames];
    return { plugins, serving, later };
  } catch (error) {
    await plugins.stop();
    throw error;
  }
}

/** The plugins that may be missing and could not be migrated, with the reason. */
async function migratePlugins({ database, plugins, options }: OpenHost): Promise<Map<string, unknown>> {
  const { clock, log } = options;
  const failed = new Map<string, unknown>();
  await migrate(database, migrationSetsOf(plugins.all), {
    running: () => runningInstances(database, clock.now()),
    skip(plugin, err) {
      if (!plugins.degradable.has(plugin)) return false;
      log.error({ err }, `Plugin ${plugin} could not be migrated.`);
      failed.set(plugin, err);
      return true;
    },
  });
  return failed;
}

function stepServices(host: OpenHost, plugins: RunningPlugins, idNames: () => ReadonlySet<string>): StepServices {
  const { options, requests, telemetry } = host;
  const { addressOf, timeouts, inFlight } = requests;
  const { authenticator, hostAccounts, unsealer } = plugins.service(identityService).callers;
  return {
    callers: {
      authenticator,
      identify: options.identify,
      hostAccounts,
      trustedOrigins: trustedOrigins(host),
      addressOf,
    },
    unsealer,
    idempotency: plugins.service(idempotencyService),
    legacyIds: { names: idNames, rowOf: plugins.service(importService).rowOf },
    limiter: plugins.service(rateLimitService),
    requests: { timeouts, inFlight, times: telemetry.metrics?.times, tracing: telemetry.tracing },
    log: options.log,
    clock: options.clock,
  };
}

/** Those of CORS, and this host's own where a proxy changes the name it is called by. */
function trustedOrigins({ options }: OpenHost): ReadonlySet<string> {
  const { publicUrl } = options;
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).origin];
  return new Set([...(options.cors?.origins ?? []), ...own]);
}
