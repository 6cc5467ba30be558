/** An audit with two chains and an anchor, and ways to look at it and to tamper with it. */
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Scalar } from '@palestra/server';
import { type FreshDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { pino } from 'pino';
import { createAnchoring } from '../../src/audit/anchors.js';
import { createLanes, type TakeLane } from '../../src/audit/lanes.js';
import { createAuditPersons } from '../../src/audit/persons.js';
import { createAuditStore } from '../../src/audit/store.js';
import type { Heads, Verification } from '../../src/audit/types.js';
import { verifyAudit } from '../../src/audit/verify.js';
import { createWriter } from '../../src/audit/writer.js';
import { transactionOf } from '../../src/database/connected-unit.js';
import { createKeyStore } from '../../src/keys/index.js';
import type { Audit } from '../../src/plugin/audit.js';

export const tables = ['audit_entry', 'audit_chain', 'audit_anchor'] as const;
type Rows = Record<string, Scalar>[];
export type Snapshot = Readonly<Record<(typeof tables)[number], Rows>>;

export interface AuditedHosts {
  readonly first: TestHost;
  readonly second: TestHost;
  verify(logged?: readonly Heads[]): Promise<Verification>;
  anchor(): Promise<void>;
  readonly keys: KeyRing<SecretKey>;
  /** Of a third instance. */
  readonly writer: Audit;
  /** Of one with these chains. */
  writerOf(takeLane: TakeLane): Audit;
  /** Heads that the log would show now. */
  heads(): Promise<Heads>;
  /** As somebody with all rights on the database could. */
  removeProtection(): Promise<void>;
  snapshot(): Promise<Snapshot>;
  restore(snapshot: Snapshot): Promise<void>;
  stop(): Promise<void>;
}

export async function startAuditedHosts(fresh: FreshDatabase): Promise<AuditedHosts> {
  const database = await fresh();
  const first = await startTestHost({ plugins: [], database });
  const second = await startTestHost({ plugins: [], database, dataDir: first.dataDir });
  const clock = { now: Date.now };
  const keyStore = createKeyStore({ directory: `${first.dataDir}/keys`, clock });
  const keys = await keyStore.secrets('audit');
  const { knex } = first.palestra.database();
  const store = createAuditStore(first.palestra.database());
  const persons = createAuditPersons(first.palestra.database());
  const { anchor } = createAnchoring({ store, keys, clock, log: pino({ level: 'silent' }) });
  const writerOf = (takeLane: TakeLane) => createWriter({ takeLane, store, persons, keys, clock, creates: false });
  return {
    first,
    second,
    anchor,
    keys,
    writer: writerOf(createLanes('third', 1, transactionOf)),
    writerOf,
    verify: (logged) => verifyAudit({ store, persons, keys }, logged),
    heads: async () =>
      Object.fromEntries((await store.heads(0)).map(({ chain, seq, hash }) => [chain, [seq, hash] as const])),
    async removeProtection() {
      for (const table of ['audit_entry', 'audit_anchor']) {
        for (const event of ['update', 'delete']) await knex.raw(`DROP TRIGGER IF EXISTS ${table}_no_${event}`);
      }
    },
    async snapshot() {
      const read = async (table: string) => (await knex(table).select('*')).map((row) => ({ ...row })) as Rows;
      return {
        audit_entry: await read('audit_entry'),
        audit_chain: await read('audit_chain'),
        audit_anchor: await read('audit_anchor'),
      };
    },
    async restore(snapshot) {
      for (const table of tables) {
        await knex(table).delete();
        for (const row of snapshot[table]) await knex(table).insert(row);
      }
    },
    async stop() {
      keyStore.close();
      await second.stop();
      await first.stop();
    },
  };
}
