/** From an open database to plugins that run and operations that answer. */
import type { OpenApiDocument } from '@palestra/core';
import { operationsOf } from '../contract/operations.js';
import { createValidators } from '../contract/validate.js';
import { type Database, migrate } from '../database/index.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import { compileOperation } from '../steps/compile.js';
import type { CompiledOperation } from '../steps/exchange.js';
import { type RunningPlugins, type SetUpOptions, setUpPlugins } from './set-up.js';

export interface BootOptions extends Omit<SetUpOptions, 'validators' | 'failed'> {
  readonly plugins: readonly AnyPlugin[];
  readonly document: OpenApiDocument;
  readonly checkAnswers: boolean;
  /** Whether plugins begin their background work. */
  readonly background: boolean;
}

export interface Booted {
  readonly plugins: RunningPlugins;
  readonly operations: ReadonlyMap<string, CompiledOperation>;
}

/** @throws Error naming the plugin that failed, with those before it stopped again */
export async function boot({ plugins, document, checkAnswers, background, ...options }: BootOptions): Promise<Booted> {
  const failed = await migratePlugins(plugins, options);
  const validators = createValidators(document);
  const running = await setUpPlugins(plugins, { ...options, validators, failed });
  try {
    if (background) await running.start();
    const compiled = operationsOf(document).map((each) => {
      const operation = compileOperation(each, running.handler(each.id), { document, validators, checkAnswers });
      return [each.id, operation] as const;
    });
    return { plugins: running, operations: new Map(compiled) };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** All at once, where none may be missing: else one after another, so that what fails is known. */
async function migratePlugins(
  plugins: readonly AnyPlugin[],
  { database, degrade, log }: Pick<BootOptions, 'database' | 'degrade' | 'log'>,
): Promise<Map<string, unknown>> {
  const failed = new Map<string, unknown>();
  const sound: AnyPlugin[] = [];
  for (const plugin of plugins) {
    sound.push(plugin);
    if (!degrade.has(plugin.name)) continue;
    try {
      await migrateAll(database, sound);
    } catch (err) {
      // Those before it are at fault themselves, unless they are sound without it.
      sound.pop();
      await migrateAll(database, sound);
      log.error({ err }, `Plugin ${plugin.name} could not be migrated.`);
      failed.set(plugin.name, err);
    }
  }
  await migrateAll(database, sound);
  return failed;
}

async function migrateAll(database: Database, plugins: readonly AnyPlugin[]): Promise<void> {
  await migrate(
    database,
    plugins.map(({ name, migrations }) => ({ plugin: name, migrations: migrations ?? [] })),
  );
}
