/** Servers that speak MySQL's protocol without all of MySQL that is used here; by their documentation, not tested. */

interface PartialServer {
  readonly product: string;
  /** In what the server calls its version. */
  readonly mark: RegExp;
  readonly lacks: readonly string[];
}

const servers: readonly PartialServer[] = [
  {
    product: 'TiDB',
    mark: /tidb/i,
    lacks: [
      'triggers, which make the audit append-only',
      'CHECK constraints unless tidb_enable_check_constraint is ON',
      'ids that rise across nodes unless tables have AUTO_ID_CACHE 1',
      'LOCK TABLES unless enable-table-lock is on',
    ],
  },
  {
    product: 'Vitess',
    mark: /vitess/i,
    lacks: [
      'transactions over several shards that a crash leaves whole',
      'foreign keys between shards',
      'AUTO_INCREMENT in sharded keyspaces',
      'LOCK TABLES across shards',
    ],
  },
];

/** What `palestra doctor` says of a server by its version; undefined for MySQL and MariaDB. */
export function partialServer(version: string): Pick<PartialServer, 'product' | 'lacks'> | undefined {
  return servers.find(({ mark }) => mark.test(version));
}
