/** A plugin whose two operations count, under an `Idempotency-Key` if there is one; a test scripts how it goes. */
import type { Call, ContractFragment } from '@palestra/core';
import type { Database, Unit } from '../../src/database/types.js';
import type { Plugin } from '../../src/plugin/plugin.js';

const counting = (operationId: string): ContractFragment['paths'][string] => ({
  post: {
    operationId,
    'x-privilege': 'player',
    'x-external-effects': true,
    requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
    responses: {
      '201': { description: 'Counted.', content: { 'application/json': { schema: { type: 'object' } } } },
    },
  },
});

const contract: ContractFragment = {
  paths: { '/api/count': counting('count'), '/api/count_again': counting('countAgain') },
};

export interface Counter {
  readonly plugin: Plugin<{ operations: object }>;
  /** Of executions that committed. */
  counted: number;
  /** Runs inside the handler, before its effect. */
  before: (call: Call) => Promise<void>;
  /** Runs after its effect has committed. */
  after: () => Promise<void>;
  /** Whether the handler keeps the answer with its effect. */
  finishes: boolean;
}

export function createCounter(): Counter {
  const counter: Counter = {
    counted: 0,
    before: async () => {},
    after: async () => {},
    finishes: true,
    plugin: {
      name: 'counter',
      version: '0.1.0',
      host: '^1.0.0',
      contract,
      migrations: [
        {
          name: 'counted',
          createTable: {
            table: 'counted',
            columns: { id: { type: 'id' }, use_id: { type: 'ascii', length: 32, nullable: true } },
          },
        },
      ],
      setup({ database }) {
        async function handle({ body }: { body: object }, call: Call): Promise<object> {
          await counter.before(call);
          const answer = await database.unitOfWork((unit) => count(database, unit, call, body));
          await counter.after();
          return answer;
        }
        return { handlers: { count: handle, countAgain: handle } as object };
      },
    },
  };

  async function count(database: Database, unit: Unit, call: Call, body: object): Promise<object> {
    await database.write(database.knex('counted').insert({ use_id: call.idempotency?.id ?? null }), unit);
    const answer = { counted: ++counter.counted, body };
    if (counter.finishes) await call.idempotency?.finish(unit, answer);
    return answer;
  }

  return counter;
}
