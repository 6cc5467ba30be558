/** Runs every migration once, in order, also after a crash and beside other instances that start. */
import { createHash } from 'node:crypto';
import type { Migration } from '@palestra/core';
import { checkMigrations, emptySchema } from './check-migrations.js';
import { compatibleSince, contractionFault, type RunningInstance, runsBeside } from './compatibility.js';
import type { Connection } from './connection.js';
import { renderMigration, type Step } from './ddl.js';
import { type Driver, driverOf } from './driver.js';
import { databaseFault } from './errors.js';
import { foreignTables, refuseOtherPrefix, tablesWithoutMark } from './foreign-tables.js';
import { createLedger, type Entry, isRecorded, keyOf, type Ledger, readLedger, record } from './ledger.js';
import { withMigrationLock } from './migration-lock.js';
import type { MigrationSet } from './migration-set.js';
import { withNamedConnection } from './named-connection.js';
import { retryingConnection } from './retry.js';
import type { TableNames } from './table-names.js';
import type { Database } from './types.js';

export interface PlannedMigration {
  readonly plugin: string;
  readonly name: string;
  readonly sql: readonly string[];
  /** The first version of the plugin that runs on the tables after it; undefined where only those do that know it. */
  readonly compatibleSince?: string;
}

export interface MigrateOptions {
  /** Only says what would run. */
  readonly plan?: boolean;
  /** Milliseconds since the epoch; for the ledger. */
  readonly now?: () => number;
  /**
   * Called with what the migrations of one plugin fail with. True leaves that plugin out and goes on with the others;
   * false, as without `skip`, has `migrate` reject with it.
   */
  skip?(plugin: string, error: unknown): boolean;
  /** The instances that serve the database meanwhile; none by default. */
  running?(): Promise<readonly RunningInstance[]>;
}

interface Pending {
  readonly plugin: string;
  readonly set: MigrationSet;
  readonly migration: Migration;
  readonly checksum: string;
}

/**
 * Applies the migrations that the ledger lacks, `sets` in the order in which they depend on each other, and returns
 * them; with `plan`, it only returns them. Two instances may start at once: see `withMigrationLock`. Where definitions
 * do not roll back, a crash may leave a step done and not recorded; the next run finds it done.
 * @throws Error if an applied migration was changed, or was made by a newer version and this one does not run on its
 *   tables, or if one would take away what a running instance uses, or if the database has tables of another owner by the
 *   names of those to be made; then nothing was run
 */
export async function migrate(
  database: Database,
  sets: readonly MigrationSet[],
  { plan = false, now = Date.now, skip, running = async () => [] }: MigrateOptions = {},
): Promise<PlannedMigration[]> {
  const run = new MigrationRun(sets, skip);
  await run.check();
  const driver = driverOf(database);
  const { dialect, tableNames } = driver;
  tableNames.learn(sets.flatMap(({ migrations }) => migrations));
  // Before a connection is taken, since SQLite has one.
  const instances = plan ? [] : await running();
  return withNamedConnection(
    driver,
    async (acquired) => {
      acquired.withoutLimits();
      // On Galera another node's definition or entry ends what is running here with a deadlock (1213).
      const connection = dialect.transactionalDefinitions ? acquired : retryingConnection(acquired, Math.random);
      run.respect({ existing: await tablesWithoutMark(connection, dialect), names: tableNames });
      const ledger = await readLedger(connection, driver);
      if (!ledger) await refuseOtherPrefix(connection, dialect, tableNames);
      const planned = await run.pending(ledger);
      if (plan || planned.length === 0) return planned.map((pending) => describe(driver, pending));
      await run.refuseContractions(planned, instances);
      return withMigrationLock(connection, dialect, () => applyAll(connection, driver, run, now));
    },
    () => true,
  );
}

async function applyAll(
  connection: Connection,
  driver: Driver,
  run: MigrationRun,
  now: () => number,
): Promise<PlannedMigration[]> {
  await createLedger(connection, driver);
  const applied: PlannedMigration[] = [];
  // Another instance may have been here while we waited.
  for (const pending of await run.pending(await readLedger(connection, driver))) {
    await run.attempt(pending.plugin, async () => {
      if (await apply(connection, driver, pending, now())) applied.push(describe(driver, pending));
    });
  }
  return applied;
}

async function apply(connection: Connection, driver: Driver, pending: Pending, appliedAt: number): Promise<boolean> {
  const way = driver.dialect.transactionalDefinitions ? applyInTransaction : applyStepByStep;
  try {
    return await way(connection, driver, pending, appliedAt);
  } catch (cause) {
    throw new Error(`Migration ${keyOf(pending.plugin, pending.migration.name)} could not be applied.`, { cause });
  }
}

/** SQLite: the definitions and their entry commit together; the second instance finds the entry. */
async function applyInTransaction(
  connection: Connection,
  driver: Driver,
  pending: Pending,
  appliedAt: number,
): Promise<boolean> {
  const { dialect } = driver;
  await connection.control(dialect.begin);
  try {
    const mine = !(await isRecorded(connection, pending.plugin, pending.migration.name));
    if (mine) {
      for (const { sql } of renderMigration(dialect, pending.migration)) await connection.control(sql);
      await record(connection, entryOf(pending, appliedAt));
    }
    await connection.control('COMMIT');
    return mine;
  } catch (error) {
    await connection.control('ROLLBACK');
    throw error;
  }
}

/** MySQL: each step is skipped if it was done before a crash, or is done by another node meanwhile. */
async function applyStepByStep(
  connection: Connection,
  { dialect, tableNames }: Driver,
  pending: Pending,
  appliedAt: number,
): Promise<boolean> {
  for (const step of renderMigration(dialect, pending.migration)) {
    if (await isDone(connection, tableNames, step)) continue;
    await unless('exists', () => connection.control(step.sql));
  }
  return unless('duplicate', () => record(connection, entryOf(pending, appliedAt)));
}

async function isDone(connection: Connection, names: TableNames, { done }: Step): Promise<boolean> {
  if (done === undefined) return false;
  return (await connection.first(done.sql, [names.physical(done.table), memberOf(done, names)])) !== undefined;
}

function memberOf(done: NonNullable<Step['done']>, names: TableNames): string {
  if ('column' in done) return done.column;
  return names.physical('index' in done ? done.index : done.trigger);
}

function entryOf({ plugin, migration, checksum }: Pending, appliedAt: number): Entry {
  return { plugin, name: migration.name, checksum, appliedAt, compatibleSince: compatibleSince(migration) };
}

/** False if another was faster. */
async function unless(kind: 'exists' | 'duplicate', action: () => unknown): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (databaseFault(error)?.kind !== kind) throw error;
    return false;
  }
}

interface Found {
  readonly existing: ReadonlySet<string>;
  readonly names: TableNames;
}

/** The sets that are still to be applied: a plugin that failed and may be left out is not met again. */
class MigrationRun {
  readonly #sets: readonly MigrationSet[];
  readonly #skip: MigrateOptions['skip'];
  readonly #skipped = new Set<string>();
  #found: Found | undefined;

  constructor(sets: readonly MigrationSet[], skip: MigrateOptions['skip']) {
    this.#sets = sets;
    this.#skip = skip;
  }

  /** The plugin that comes later is at fault for what two make both. */
  async check(): Promise<void> {
    let schema = emptySchema;
    for (const set of this.#sets) {
      await this.attempt(set.plugin, () => {
        schema = checkMigrations(set, schema);
      });
    }
  }

  /** Tables that were not made by migrations, or not by any of before. */
  respect(found: Found): void {
    this.#found = found;
  }

  async refuseContractions(pending: readonly Pending[], running: readonly RunningInstance[]): Promise<void> {
    for (const { plugin, set, migration } of pending) {
      await this.attempt(plugin, () => {
        const fault = contractionFault(set, migration, running);
        if (fault !== undefined) throw new Error(fault);
      });
    }
  }

  async pending(known: Ledger = new Map()): Promise<Pending[]> {
    const pending: Pending[] = [];
    for (const set of this.#sets) {
      await this.attempt(set.plugin, () => {
        pending.push(...pendingOf(set, known));
      });
    }
    return this.#withoutForeign(pending);
  }

  /** Each plugin that would take over a table fails with the names of all. */
  async #withoutForeign(pending: readonly Pending[]): Promise<Pending[]> {
    const foreign = this.#found ? foreignTables(pending, this.#found.existing, this.#found.names) : [];
    const plugins = new Set(foreign.map(({ plugin }) => plugin));
    for (const plugin of plugins) {
      await this.attempt(plugin, () => {
        throw new Error(
          `The database has tables that Palestra did not make, by names that it needs: ${foreign
            .map((each) => `${each.table} (of plugin ${each.plugin})`)
            .join(
              ', ',
            )}. Give its tables a prefix (tablePrefix, PALESTRA_TABLE_PREFIX), or Palestra a database of its own.`,
        );
      });
    }
    return pending.filter(({ plugin }) => !plugins.has(plugin));
  }

  async attempt(plugin: string, action: () => void | Promise<void>): Promise<void> {
    if (this.#skipped.has(plugin)) return;
    try {
      await action();
    } catch (error) {
      if (!this.#skip?.(plugin, error)) throw error;
      this.#skipped.add(plugin);
    }
  }
}

function pendingOf(set: MigrationSet, known: Ledger): Pending[] {
  refuseNewer(set, known);
  return set.migrations
    .map((migration) => ({ plugin: set.plugin, set, migration, checksum: checksumOf(migration) }))
    .filter((pending) => !isApplied(pending, known));
}

function isApplied({ plugin, migration, checksum }: Pending, known: Ledger): boolean {
  const applied = known.get(keyOf(plugin, migration.name))?.checksum;
  if (applied !== undefined && applied !== checksum) {
    throw new Error(
      `Migration ${plugin}/${migration.name} was changed after it had been applied to this database. Put it back as it was, and add another one after it.`,
    );
  }
  return applied !== undefined;
}

/** A version from before may serve, while instances are replaced or after a step back, on tables that only grew. */
function refuseNewer({ plugin, version, migrations }: MigrationSet, known: Ledger): void {
  const names = new Set(migrations.map((migration) => keyOf(plugin, migration.name)));
  const newer = [...known]
    .filter(([key]) => key.startsWith(keyOf(plugin, '')) && !names.has(key))
    .filter(([, applied]) => !runsBeside(version, applied.compatibleSince))
    .map(([key]) => key);
  if (newer.length === 0) return;
  throw new Error(
    `A newer version of ${plugin} has been here: this one does not know its migrations ${newer.join(', ')}. Start that version, or restore a backup made before it.`,
  );
}

function describe({ dialect, tableNames }: Driver, { plugin, migration }: Pending): PlannedMigration {
  const steps = renderMigration(dialect, migration);
  const since = compatibleSince(migration);
  const sql = steps.map((step) => tableNames.sql(step.sql));
  return { plugin, name: migration.name, sql, ...(since !== undefined && { compatibleSince: since }) };
}

function checksumOf(migration: Migration): string {
  return createHash('sha256').update(JSON.stringify(migration)).digest('hex');
}
