/** What the member has bought, and how many visits are left of it. */
import type { TransactionRecord } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h } from '../dom.js';
import { price } from '../format.js';
import { growingList } from '../growing-list.js';
import { gymName } from '../gym-names.js';
import { currentMember } from '../member.js';
import { punchCard, stateBadge, visitsLeft } from '../pass-state.js';
import { go, type Screen, signInPath, type Visit } from '../router.js';

export function openPasses({ signal }: Visit): Screen {
  const member = currentMember();
  if (!member) go(signInPath('/passes'), { instead: true });
  const payer = { equals: member?._id ?? '' };
  return {
    title: 'Your passes',
    content: growingList<TransactionRecord>({
      label: 'Your passes',
      items: 'passes',
      load: (after, pageSize) => client.transaction.query({ payer, after }, { pageSize, signal }),
      show: passCard,
      empty: h(
        'div',
        { class: 'panel' },
        h('p', {}, 'You have not bought anything yet.'),
        h('a', { class: 'button', href: '/' }, 'Find a gym'),
      ),
      signal,
    }),
  };
}

function passCard(record: TransactionRecord): Child {
  const gym = h('span', { class: 'muted' }, '…');
  void gymName(record.recipient).then((name) => gym.replaceChildren(name));
  return h(
    'a',
    { class: 'card pass', href: `/passes/${record._id}` },
    h(
      'span',
      { class: 'text' },
      h('strong', {}, record.merchandise.name),
      gym,
      h(
        'span',
        { class: 'small' },
        record.transactionState === 'pending' ? price(record.price) : visitsLeft(record.count),
      ),
      punchCard(record),
    ),
    stateBadge(record),
  );
}
