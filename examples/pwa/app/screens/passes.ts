/** What the member has bought, and how many visits are left of it. */
import type { TransactionRecord } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h } from '../dom.js';
import { isOffline } from '../failure.js';
import { price } from '../format.js';
import { growingList } from '../growing-list.js';
import { gymName } from '../gym-names.js';
import { currentMember } from '../member.js';
import { offlineNote, recalledPasses, rememberPass } from '../pass-memory.js';
import { punchCard, stateBadge, visitsLeft } from '../pass-state.js';
import { go, type Screen, signInPath, type Visit } from '../router.js';
import { say } from '../words.js';

export function openPasses({ signal }: Visit): Screen {
  const member = currentMember();
  if (!member) go(signInPath('/passes'), { instead: true });
  const payer = { equals: member?._id ?? '' };
  return {
    title: say('Your passes'),
    content: growingList<TransactionRecord>({
      label: say('Your passes'),
      shown: '{count} passes shown',
      load: (after, pageSize) => client.transaction.query({ payer, after }, { pageSize, signal }),
      show(record) {
        rememberPass(record);
        return passCard(record);
      },
      instead: (error) => (isOffline(error) ? rememberedPasses() : undefined),
      empty: h(
        'div',
        { class: 'panel' },
        h('p', {}, say('You have not bought anything yet.')),
        h('a', { class: 'button', href: '/' }, say('Find a gym')),
      ),
      signal,
    }),
  };
}

/** What was seen before, while there is no connection; undefined if nothing was. */
function rememberedPasses(): Child {
  const { passes, at } = recalledPasses();
  if (passes.length === 0) return undefined;
  const cards = passes.map((record) => h('li', {}, passCard(record)));
  return [offlineNote(at), h('ul', { class: 'list', 'aria-label': say('Your passes') }, cards)];
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
