/** What a purchase is worth now, in a word, and its visits as a punch card. */
import type { TransactionRecord } from '@palestra/client';
import { type Child, h } from './dom.js';
import { visits } from './format.js';
import { say, type Text } from './words.js';

type State = TransactionRecord['transactionState'];

const words: Readonly<Record<State, readonly [word: Text, tone: string]>> = {
  pending: ['Not paid yet', 'warn'],
  success: ['Active', 'good'],
  expired: ['Expired', 'off'],
  canceled: ['Canceled', 'off'],
  failed: ['Payment declined', 'off'],
  refunded: ['Refunded', 'off'],
};

export function stateBadge({ transactionState, count }: TransactionRecord): Child {
  const [word, tone] = words[transactionState];
  return h('span', { class: `badge ${tone}` }, say(transactionState === 'expired' && count === 0 ? 'Used up' : word));
}

export function visitsLeft(count: number): string {
  if (count < 0) return visits(count);
  return count === 1 ? say('1 visit left') : say('{count} visits left', { count });
}

/** More holes than this are not counted at a glance. */
const cardSize = 12;

/** A hole for every visit made; the numbers are beside it. */
export function punchCard({ count, visitRecords }: TransactionRecord): Child {
  const made = visitRecords.length;
  if (count < 0 || made + count > cardSize) return undefined;
  const holes = Array.from({ length: made + count }, (_, index) => h('i', { class: index < made ? 'made' : '' }));
  return h('span', { class: 'punches', 'aria-hidden': 'true' }, holes);
}
