/** `npm run simulate:scaling -- --measure`: what the simulation takes from the real server on a real MariaDB of this machine. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { formatAuthorization, schemes } from '@palestra/core';
import mysql from 'mysql2/promise';
import { post } from '../../packages/plugins/transaction/test/support/history.js';
import { startServer } from '../../packages/plugins/transaction/test/support/server-process.js';
import { openShop, type Shop } from '../../packages/plugins/transaction/test/support/shop.js';
import { startDatabases } from '../harness/databases.js';
import { cpuOf } from '../harness/processes.js';
import { median } from '../harness/statistics.js';
import type { Figures, MeasuredCall } from './figures.js';
import type { OperationName } from './operations.js';

/** Of each operation: rounds, of which the quickest counts, since others on the machine only make one slower. */
const rounds = 5;
const calls = 400;
const width = 8;

export async function measure(): Promise<Figures> {
  const databases = await startDatabases('mariadb');
  const url = await databases.create();
  const shop = await openShop({ database: url });
  const server = await startServer(url, shop.host.dataDir);
  try {
    const measured = await measureOperations(shop, server.url, {
      server: server.child.pid ?? 0,
      database: databases.pid ?? 0,
    });
    const { model = 'unknown processor' } = cpus()[0] ?? {};
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: `${cpus().length} × ${model.trim()}, Node ${process.versions.node}`,
      ...(await measureDatabase(url)),
      ...measured,
    };
  } finally {
    await server.stop();
    await shop.host.stop();
    await databases.stop();
  }
}

export function save(figures: Figures): void {
  writeFileSync(join(import.meta.dirname, 'figures.json'), `${JSON.stringify(figures, null, 2)}\n`);
}

interface Processes {
  readonly server: number;
  readonly database: number;
}

async function measureOperations(
  shop: Shop,
  url: string,
  processes: Processes,
): Promise<Pick<Figures, 'operations' | 'read'>> {
  const buyer = await shop.host.account();
  const merchandiseId = await shop.sell({ stock: 100_000, count: 100_000 });
  const begun: { transactionRecordId: string; prepayId: string }[] = [];
  const send = async (path: string, token: string, json: object) => {
    const { status, text, body } = await post(url, path, { token, json });
    if (status > 201) throw new Error(`${path} answered ${status}: ${text}`);
    return body.data;
  };
  const perform = async () => {
    begun.push(await send('/api/perform_transaction', buyer.token, { merchandiseId, paymentMethod: 'sandbox' }));
  };
  const verify = async (at: number) => {
    const { transactionRecordId = '', prepayId: transactionId = '' } = begun[at] ?? {};
    await send('/api/verify_transaction', buyer.token, { transactionRecordId, transactionId });
  };
  const admit = async (at: number) => {
    const { transactionRecordId } = begun[at] ?? {};
    await send('/api/verify_transaction_record', shop.owner.token, { transactionRecordId, merchandiseId });
  };
  // Compiled and connected first.
  for (let at = 0; at < 400; at++) await perform().then(() => verify(at).then(() => admit(at)));
  begun.length = 0;
  const steps: Record<OperationName, (at: number) => Promise<void>> = { perform, verify, admit };
  const measured: Partial<Record<OperationName, MeasuredCall>> = {};
  for (const name of ['perform', 'verify', 'admit'] as const) {
    const before = await sizeOf(shop);
    const cpu = await cpuOfCalls(steps[name], processes);
    measured[name] = { ...cpu, bytes: Math.round(((await sizeOf(shop)) - before) / (rounds * calls)) };
  }
  const read = await cpuOfCalls(async (at) => {
    const headers = { authorization: formatAuthorization(schemes.bearer, buyer.token) };
    const { status } = await fetch(`${url}/api/transaction_record/${begun[at]?.transactionRecordId}`, { headers });
    if (status !== 200) throw new Error(`A record answered ${status}.`);
  }, processes);
  return { operations: measured as Figures['operations'], read };
}

/** Of rows and indexes, by the database's own account. */
async function sizeOf({ host }: Shop): Promise<number> {
  const { knex } = host.palestra.database();
  const [tables] = await knex.raw('SHOW TABLES');
  const names = (tables as Record<string, string>[]).map((row) => Object.values(row)[0] ?? '');
  await knex.raw(`ANALYZE TABLE ${names.map((name) => `\`${name}\``).join(', ')}`);
  const [rows] = await knex.raw(
    'SELECT SUM(data_length + index_length) AS bytes FROM information_schema.tables WHERE table_schema = DATABASE()',
  );
  return Number(rows[0].bytes);
}

/** User and system time of both processes for each call; 8 are under way at once. */
async function cpuOfCalls(call: (at: number) => Promise<void>, { server, database }: Processes) {
  const serverUs: number[] = [];
  const databaseUs: number[] = [];
  let next = 0;
  for (let round = 1; round <= rounds; round++) {
    const before = { server: cpuOf(server), database: cpuOf(database) };
    const worker = async () => {
      while (next < round * calls) await call(next++);
    };
    await Promise.all(Array.from({ length: width }, worker));
    serverUs.push((cpuOf(server) - before.server) / calls);
    databaseUs.push((cpuOf(database) - before.database) / calls);
  }
  return { serverUs: Math.round(Math.min(...serverUs)), databaseUs: Math.round(Math.min(...databaseUs)) };
}

/** Medians of one connection that is alone: a statement there and back, and a commit. */
async function measureDatabase(url: string): Promise<Pick<Figures, 'statementUs' | 'commitUs'>> {
  const connection = await mysql.createConnection(url);
  await connection.query('CREATE TABLE measured (id BIGINT AUTO_INCREMENT PRIMARY KEY, value INT)');
  const timeOf = async (sql: string) => {
    const times: number[] = [];
    for (let at = 0; at < 300; at++) {
      const began = performance.now();
      await connection.execute(sql);
      times.push(performance.now() - began);
    }
    return Math.round(median(times) * 1000);
  };
  const statementUs = await timeOf('SELECT value FROM measured WHERE id = 1');
  const insertUs = await timeOf('INSERT INTO measured (value) VALUES (1)');
  await connection.end();
  return { statementUs, commitUs: insertUs - statementUs };
}
