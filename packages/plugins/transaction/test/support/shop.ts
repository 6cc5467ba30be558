/** A host with a gym that sells, its owner, and members who buy: what every test of transactions starts from. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Plugin as CorePlugin, type Handlers, need } from '@palestra/core';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import type { Plugin } from '@palestra/server';
import {
  type Account,
  type Answer,
  startTestHost,
  type TestHost,
  type TestHostOptions,
} from '@palestra/server/testing';
import {
  createTransaction,
  type PaymentProvider,
  type TransactionService,
  type TransactionTypes,
  transactionService,
} from '../../src/index.js';
import { manyPending } from './scale.js';

export type TransactionHandlers = Handlers<TransactionTypes['operations']>;

export interface ShopOptions extends Partial<Omit<TestHostOptions, 'plugins' | 'clock'>> {
  readonly clock?: TestClock;
  readonly providers?: readonly PaymentProvider[];
  /** Given the plugin's own handlers, for a test that calls them without HTTP. */
  readonly onHandlers?: (handlers: TransactionHandlers) => void;
  /** Beside those of the shop. */
  readonly plugins?: TestHostOptions['plugins'];
}

/** A clock that a test moves. */
export class TestClock {
  #ahead = 0;
  #held: number | undefined;

  now(): number {
    return this.#held ?? Date.now() + this.#ahead;
  }

  /** Goes on from there. */
  advance(ms: number): void {
    this.#ahead = this.now() + ms - Date.now();
    this.#held = undefined;
  }

  /** Shows this time, in milliseconds since 1970, until it is advanced. */
  holdAt(time: number): void {
    this.#held = time;
  }
}

export interface Shop {
  readonly host: TestHost;
  readonly clock: TestClock;
  readonly owner: Account;
  readonly gymId: string;
  /** Puts merchandise on sale; its id. */
  sell(fields?: Readonly<Record<string, unknown>>): Promise<string>;
  perform(buyer: Account, merchandiseId: string, headers?: Record<string, string>): Promise<Answer>;
  verify(buyer: Account, transactionRecordId: string, transactionId: string): Promise<Answer>;
  cancel(buyer: Account, transactionRecordId: string): Promise<Answer>;
  /** At the gym's gate. */
  visit(body: object, headers?: Record<string, string>): Promise<Answer>;
  /** A paid record; its id. */
  buy(buyer: Account, merchandiseId: string): Promise<string>;
  reconcile(): Promise<boolean>;
  stock(merchandiseId: string): Promise<number | null>;
}

let shared: string | undefined;
let opened = 0;

/** One for all shops of this process: making keys takes longer than most tests. */
function sharedDataDir(): string {
  if (shared === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'palestra-shop-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    shared = made;
  }
  return shared;
}

export async function openShop(given: ShopOptions = {}): Promise<Shop> {
  const { providers = [], plugins = [], clock = new TestClock(), onHandlers = () => {}, config, ...options } = given;
  const probe: { service?: TransactionService } = {};
  const dataDir = sharedDataDir();
  opened += 1;
  const database = `sqlite:${join(dataDir, `${opened}.sqlite`)}`;
  const host = await startTestHost({
    clock,
    dataDir,
    database,
    ...options,
    config: { ...config, transaction: { ...manyPending, ...(config?.transaction as object | undefined) } },
    plugins: [gym, merchandise, handing(createTransaction({ providers }), onHandlers), probing(probe), ...plugins],
  });
  const owner = await host.account('operator');
  const made = await host.operate('/api/gym', owner.token, 'create', { name: `Gym ${owner.username}` });
  return {
    ...shopOf(host, owner, made.body.data._id),
    clock,
    reconcile: async () => probe.service?.reconcile() ?? false,
  };
}

export function shopOf(host: Pick<TestHost, 'request' | 'operate' | 'palestra'>, owner: Account, gymId: string): Shop {
  let made = 0;
  const post = (path: string, token: string, json: unknown, headers: Record<string, string> = {}) =>
    host.request('POST', path, { token, json, headers });
  const perform: Shop['perform'] = (buyer, merchandiseId, headers) =>
    post('/api/perform_transaction', buyer.token, { merchandiseId, paymentMethod: 'sandbox' }, headers);
  const verify: Shop['verify'] = (buyer, transactionRecordId, transactionId) =>
    post('/api/verify_transaction', buyer.token, { transactionRecordId, transactionId });
  return {
    host: host as TestHost,
    clock: new TestClock(),
    owner,
    gymId,
    async sell(fields = {}) {
      made += 1;
      const price = { amount: 4900, currency: 'EUR' };
      const data = { name: `Card ${made}`, type: 2, gym: gymId, price, count: 10, stock: 100, ...fields };
      const answer = await host.operate('/api/merchandise', owner.token, 'create', data);
      if (answer.status !== 201) throw new Error(answer.text);
      return answer.body.data._id;
    },
    perform,
    verify,
    cancel: (buyer, transactionRecordId) => post('/api/cancel_transaction', buyer.token, { transactionRecordId }),
    visit: (body, headers) => post('/api/verify_transaction_record', owner.token, body, headers),
    async buy(buyer, merchandiseId) {
      const begun = await perform(buyer, merchandiseId);
      const { transactionRecordId, prepayId } = begun.body.data;
      const paid = await verify(buyer, transactionRecordId, prepayId);
      if (paid.status !== 200) throw new Error(paid.text);
      return transactionRecordId;
    },
    reconcile: async () => false,
    async stock(merchandiseId) {
      const [row] = await host.palestra
        .database()
        .knex('merchandise')
        .select('stock')
        .where('id', Number(merchandiseId));
      return row?.stock ?? null;
    },
  };
}

/** The same plugin, which passes its handlers on. */
function handing(
  plugin: Plugin<TransactionTypes>,
  onHandlers: (handlers: TransactionHandlers) => void,
): Plugin<TransactionTypes> {
  return {
    ...plugin,
    async setup(scope) {
      const parts = await plugin.setup(scope);
      onHandlers(parts.handlers);
      return parts;
    },
  };
}

/** A plugin of nothing, which hands on the service that it requires. */
function probing(probe: { service?: TransactionService }): CorePlugin<never> {
  const plugin: Plugin<{ operations: object; needs: { transactions: TransactionService } }> = {
    name: 'probe',
    version: '0.1.0',
    host: '^1.0.0',
    contract: { paths: {} },
    requires: { transactions: need(transactionService) },
    setup({ services }) {
      probe.service = services.transactions;
      return { handlers: {} };
    },
  };
  return plugin as unknown as CorePlugin<never>;
}
