/** knex's pool over mysql2, where a connection that is dead in silence holds up only its own statement. */
import { createRequire } from 'node:module';
import type { Knex } from 'knex';
import type { Connection as Raw } from 'mysql2';
import { withTimeout } from '../async/with-timeout.js';
import { acquireFrom } from './closed.js';
import { saysServerIsLost } from './errors.js';
import { takesBlocks } from './mysql-block.js';
import { type ConnectionPool, MysqlConnection } from './mysql-connection.js';
import type { MysqlHosts } from './mysql-hosts.js';
import { prepareSession } from './mysql-session.js';
import type { HostAddress } from './mysql-url.js';
import { toScalars } from './parameters.js';
import { tableNamesOf } from './table-names.js';
import { type TimeLimits, timeLimits } from './time-limits.js';

/** For the farewell of a connection that the pool no longer needs. */
const quitMs = 1_000;

interface KnexQuery {
  sql: string;
  bindings?: readonly unknown[];
  response?: unknown;
}

/** What knex hands to a transaction's client too, which is another object than the pool's. */
interface TableDefaults {
  /** Of tables made by `knex.schema.createTable`; servers differ in their defaults (MariaDB's is latin1). */
  tableCollation?: string;
}

/** What knex knows of a table that is being created. */
interface TableBuilder {
  readonly _tableNameLike?: string | null;
  readonly _single: { charset?: string; collate?: string };
}

/** knex ships no types for its dialects' classes. */
const BaseClient: typeof Knex.Client = createRequire(import.meta.url)('knex/lib/dialects/mysql2/index.js');

/** What this folder uses in the place of a driver's connection, kept as long as that lives. */
const connections = new WeakMap<Raw, MysqlConnection>();

/** The server that a connection leads to, where there are several. */
const servers = new WeakMap<Raw, HostAddress>();

export class MysqlClient extends BaseClient implements ConnectionPool {
  readonly limits: TimeLimits = timeLimits;
  /** Undefined where the address is not a list of servers. */
  hosts: MysqlHosts | undefined;
  readonly #open = new Set<Raw>();
  /** Connections that were heard of last before this (`performance.now()`) may be as dead as the one that was silent. */
  #suspectBefore = Number.NEGATIVE_INFINITY;

  get tablePrefix(): string {
    return tableNamesOf(this).prefix;
  }

  override acquireConnection(): Promise<Raw> {
    return acquireFrom(this, () => super.acquireConnection());
  }

  override async acquireRawConnection(): Promise<Raw> {
    const server = this.hosts?.current;
    // In place: knex keeps the password where a copy would lose it. It is read in the call below.
    if (server) Object.assign(this.connectionSettings, server);
    const connecting: Promise<Raw> = super.acquireRawConnection().then((raw: Raw) => {
      this.#open.add(raw);
      if (server) servers.set(raw, server);
      raw.once('end', () => this.#open.delete(raw));
      return raw;
    });
    try {
      return await withTimeout(this.limits.connect, async () => this.#prepared(await connecting), noConnection);
    } catch (error) {
      this.failed(error);
      connecting.then((raw) => this.#cut(raw)).catch(() => undefined);
      throw error;
    }
  }

  async #prepared(raw: Raw): Promise<Raw> {
    const connection = new MysqlConnection(raw, this, this.limits);
    connections.set(raw, connection);
    const { isMariadb, version } = await prepareSession(connection);
    if (isMariadb) connection.sendTogether({ blocks: takesBlocks(version) });
    return raw;
  }

  /** An idle connection is used again if the server was heard of lately, or answers now. */
  override async validateConnection(raw: Raw): Promise<boolean> {
    const connection = connectionOver(raw);
    if (connection.evicted || servers.get(raw) !== this.hosts?.current) return false;
    if (!(await super.validateConnection(raw))) return false;
    if (connection.heardAt <= this.#suspectBefore) return false;
    if (performance.now() - connection.heardAt < this.limits.trusted || (await connection.ping())) return true;
    this.#suspectBefore = performance.now();
    return false;
  }

  override async destroyRawConnection(raw: Raw): Promise<void> {
    const connection = connectionOver(raw);
    // Its user ends it.
    if (connection.evicted) return;
    if (connection.heardAt <= this.#suspectBefore) return this.#cut(raw);
    raw.end();
    setTimeout(() => this.#cut(raw), quitMs).unref();
  }

  /** Tables compare text exactly unless their definition names another charset or collation. */
  set tableCollation(collation: string) {
    Object.assign<object, TableDefaults>(this.config, { tableCollation: collation });
  }

  override tableCompiler(table: TableBuilder): unknown {
    const { _single: single, _tableNameLike: like } = table;
    const { tableCollation } = this.config as TableDefaults;
    if (tableCollation !== undefined && !like && !single.charset && !single.collate) {
      Object.assign(single, { charset: 'utf8mb4', collate: tableCollation });
    }
    return super.tableCompiler(table);
  }

  release(connection: MysqlConnection): void {
    // There is no pool any more once it is closed.
    if (this.pool) void this.releaseConnection(connection.raw);
  }

  silent(connection: MysqlConnection, sentAt: number): void {
    this.#suspectBefore = Math.max(this.#suspectBefore, sentAt);
    connection.evict();
  }

  failed(error: unknown): void {
    if (saysServerIsLost(error)) this.hosts?.suspect();
  }

  /** Whatever is still under way on them; with `server`, on those that lead there. */
  cutAll(server?: HostAddress): void {
    for (const raw of this.#open) {
      if (!server || servers.get(raw) === server) this.#cut(raw);
    }
  }

  #cut(raw: Raw): void {
    this.#open.delete(raw);
    const connection = connections.get(raw);
    if (connection) connection.cut();
    else raw.destroy();
  }

  override positionBindings(sql: string): string {
    return tableNamesOf(this).sql(sql);
  }

  /** knex's own queries run like statements; a query without values need not be prepared. */
  async _query(raw: Raw, query: KnexQuery): Promise<KnexQuery> {
    const connection = connectionOver(raw);
    const { sql, bindings } = query;
    const result = bindings?.length ? connection.execute(sql, toScalars(bindings, sql)) : connection.query(sql);
    query.response = [await result, []];
    return query;
  }
}

/** knex builds its client itself, so what it needs more than knex gives is said by its class. */
export function mysqlClientWith(limits: TimeLimits): typeof MysqlClient {
  return class extends MysqlClient {
    override readonly limits = limits;
  };
}

function noConnection(): Error {
  return Object.assign(new Error('The database did not accept a connection in time.'), { code: 'ETIMEDOUT' });
}

export function connectionOver(raw: Raw): MysqlConnection {
  const connection = connections.get(raw);
  if (!connection) throw new TypeError('The MySQL connection is not one of this pool.');
  return connection;
}
