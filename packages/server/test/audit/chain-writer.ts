/**
 * A process that appends to one chain of the audit while another does the same. Once both are ready their parent says so; it
 * then hears of each entry that is committed, and at the end how often the head was read.
 */
import { once } from 'node:events';
import { createLanes } from '../../src/audit/lanes.js';
import { createAuditPersons } from '../../src/audit/persons.js';
import { createAuditStore } from '../../src/audit/store.js';
import { createWriter } from '../../src/audit/writer.js';
import { openDatabase } from '../../src/database/connect.js';
import { transactionOf } from '../../src/database/connected-unit.js';
import { createKeyStore } from '../../src/keys/index.js';

const [, , url = '', directory = '', name = '', count = '0'] = process.argv;
let reads = 0;
const database = await openDatabase({
  url,
  intercept(sql, phase) {
    if (phase === 'before' && /^select .* from `audit_chain`/.test(sql)) reads += 1;
  },
});
const clock = { now: Date.now };
const keyStore = createKeyStore({ directory, clock });
const writer = createWriter({
  takeLane: createLanes('shared', 1, transactionOf),
  store: createAuditStore(database),
  persons: createAuditPersons(database),
  keys: await keyStore.secrets('audit'),
  clock,
  creates: false,
});

/** Every fifth unit fails after its entry. */
async function append(index: number): Promise<void> {
  const object = `${name}/${index}`;
  try {
    await database.unitOfWork(async (unit) => {
      await writer.record(unit, { program: 'test' }, { action: 'test.do', object });
      if (index % 5 === 0) throw new Error('not done');
    });
    process.send?.({ object });
  } catch (error) {
    if (index % 5 !== 0) throw error;
  }
}

process.send?.('ready');
await once(process, 'message');
const appending = Array.from({ length: 3 }, async (_, at) => {
  for (let index = at; index < Number(count); index += 3) await append(index);
});
await Promise.all(appending);
process.send?.({ reads });
await database.close();
keyStore.close();
process.disconnect();
