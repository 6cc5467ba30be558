/** From an open database to plugins that run and operations that answer. */
import { idNamesOf } from '../contract/id-names.js';
import { operationsOf } from '../contract/operations.js';
import { createValidators } from '../contract/validate.js';
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
import type { OpenHost } from './host.js';
import { type RunningPlugins, setUpPlugins } from './set-up.js';

export interface Booted {
  readonly plugins: RunningPlugins;
  readonly serving: Serving;
  /** Compiles a validator that no request has needed yet; false if there is none left. */
  readonly compileNext: () => boolean;
}

/** @throws Error naming the plugin that failed, after those before it were stopped */
export async function boot(host: OpenHost): Promise<Booted> {
  const { document, rateLimits, options } = host;
  const { background = true, checkAnswers = false } = options;
  const failed = await migratePlugins(host);
  await host.database.assertWritable();
  const validators = createValidators(document);
  const tables = await inspectTables(host.database, migrationSetsOf(host.plugins));
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
    const serving = { operations: new Map(operations), services: stepServices(host, plugins) };
    return { plugins, serving, compileNext: () => validators.compileNext() };
  } catch (error) {
    await plugins.stop();
    throw error;
  }
}

/** The plugins that may be missing and could not be migrated, with the reason. */
async function migratePlugins({ database, plugins, degradable, clock, log }: OpenHost): Promise<Map<string, unknown>> {
  const failed = new Map<string, unknown>();
  await migrate(database, migrationSetsOf(plugins), {
    running: () => runningInstances(database, clock.now()),
    skip(plugin, err) {
      if (!degradable.has(plugin)) return false;
      log.error({ err }, `Plugin ${plugin} could not be migrated.`);
      failed.set(plugin, err);
      return true;
    },
  });
  return failed;
}

function stepServices(host: OpenHost, plugins: RunningPlugins): StepServices {
  const { options, addressOf, requestTimeouts, inFlight, metrics, tracing, log, clock } = host;
  const { authenticator, hostAccounts, unsealer } = plugins.service(identityService);
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
    legacyIds: { names: idNamesOf(host.document), rowOf: plugins.service(importService).rowOf },
    limiter: plugins.service(rateLimitService),
    requests: { timeouts: requestTimeouts, inFlight, times: metrics?.times, tracing },
    log,
    clock,
  };
}

/** Those of CORS, and this host's own where a proxy changes the name it is called by. */
function trustedOrigins({ options, publicUrl }: OpenHost): ReadonlySet<string> {
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).origin];
  return new Set([...(options.cors?.origins ?? []), ...own]);
}
