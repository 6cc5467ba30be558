/** Passes seen before, for a look without a connection: what they are worth, and not the codes that open doors. */
import type { TransactionRecord } from '@palestra/client';
import { client } from './client.js';
import { type Child, h } from './dom.js';
import { moment } from './format.js';
import { recall, remember } from './memory.js';
import { say } from './words.js';

interface PassMemory {
  /** When the latest of them was seen. */
  readonly at: string;
  /** The oldest purchase first, as the list has them. */
  readonly passes: readonly TransactionRecord[];
}

const key = 'passes';
const most = 30;

export function recalledPasses(): PassMemory {
  return recall<PassMemory>(key) ?? { at: '', passes: [] };
}

export function rememberPass({ qr: _, ...record }: TransactionRecord): void {
  const others = recalledPasses().passes.filter(({ _id }) => _id !== record._id);
  const passes = [{ ...record, prepayId: null }, ...others].sort((a, b) => (a._id < b._id ? -1 : 1)).slice(-most);
  remember(key, { at: new Date().toISOString(), passes } satisfies PassMemory);
}

export function offlineNote(at: string): Child {
  return h(
    'p',
    { class: 'panel', role: 'status' },
    `${say('You are offline. This is what was known at {moment}.', { moment: moment(at) })} `,
    say('The code for the door needs a connection.'),
  );
}

// They belong to the session.
client.auth.onChange((event) => {
  if (event === 'signed_out' || event === 'expired') remember(key, undefined);
});
