/** What a gym has sold, and one purchase with its refund: for the owner, and for staff who may sell. */
import type { TransactionRecord } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h } from '../dom.js';
import { field, perform } from '../form.js';
import { fractionDigits, moment, price } from '../format.js';
import { growingList } from '../growing-list.js';
import { gymName } from '../gym-names.js';
import { announce } from '../live.js';
import { currentMember } from '../member.js';
import { stateBadge, visitsLeft } from '../pass-state.js';
import { go, reopen, type Screen, signInPath, type Visit } from '../router.js';
import { say } from '../words.js';

export async function openSales({ params: { gym = '' }, signal }: Visit): Promise<Screen> {
  if (!currentMember()) go(signInPath(`/gyms/${gym}/sales`), { instead: true });
  return {
    title: say('Sales'),
    back: { href: `/door?gym=${gym}`, label: say('Door') },
    content: [
      h('p', { class: 'muted' }, await gymName(gym)),
      growingList<TransactionRecord>({
        label: say('Sales'),
        shown: '{count} purchases shown',
        load: (after, pageSize) =>
          client.transaction.query({ recipient: { equals: gym }, after }, { pageSize, signal }),
        show: saleCard,
        empty: h('p', { class: 'panel' }, say('Nothing was sold here yet, or you may not see it.')),
        signal,
      }),
    ],
  };
}

function saleCard(record: TransactionRecord): Child {
  return h(
    'a',
    { class: 'card pass', href: `/sales/${record._id}` },
    h(
      'span',
      { class: 'text' },
      h('strong', {}, record.merchandise.name),
      h('span', { class: 'muted' }, moment(record.createdDate)),
      h('span', { class: 'small' }, `${price(record.price)} · ${visitsLeft(record.count)}`),
    ),
    stateBadge(record),
  );
}

export async function openSale({ params: { sale = '' }, signal }: Visit): Promise<Screen> {
  if (!currentMember()) go(signInPath(`/sales/${sale}`), { instead: true });
  const record = await client.transaction.get(sale, { signal });
  const { merchandise, recipient, createdDate, count, refundedAmount, transactionState } = record;
  return {
    title: merchandise.name,
    back: { href: `/gyms/${recipient}/sales`, label: say('Sales') },
    content: [
      h('p', { class: 'muted' }, await gymName(recipient)),
      h(
        'div',
        { class: 'card order' },
        stateBadge(record),
        h('p', { class: 'price total' }, price(record.price)),
        h('p', { class: 'muted small' }, moment(createdDate)),
        transactionState === 'success' && h('p', {}, visitsLeft(count)),
        refundedAmount > 0 &&
          h('p', {}, say('Given back: {price}', { price: price({ ...record.price, amount: refundedAmount }) })),
      ),
      transactionState === 'success' && refundForm(record),
    ],
  };
}

/** All that is left, unless another amount is typed; the server gives back no more than was paid. */
function refundForm({ _id: transactionRecordId, price: paid, refundedAmount }: TransactionRecord): Child {
  const left = paid.amount - refundedAmount;
  if (left <= 0) return undefined;
  const digits = fractionDigits(paid.currency);
  const inUnits = (minor: number) => (minor / 10 ** digits).toFixed(digits);
  const alert = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { type: 'submit', class: 'button wide' }, say('Refund'));
  const amount = field(say('Amount in {currency}', { currency: paid.currency }), {
    name: 'amount',
    type: 'number',
    inputmode: 'decimal',
    required: true,
    min: inUnits(1),
    max: inUnits(left),
    step: inUnits(1),
    value: inUnits(left),
    hint: say('When all is given back, the pass ends and its visits are void'),
  });
  function onsubmit(event: SubmitEvent): void {
    event.preventDefault();
    void perform({ button, alert, fields: [amount] }, async () => {
      const minor = Math.round(amount.input.valueAsNumber * 10 ** digits);
      await client.transaction.refund({ transactionRecordId, amount: minor });
      announce(say('Given back: {price}', { price: price({ ...paid, amount: minor }) }));
      reopen();
    });
  }
  return h(
    'details',
    { class: 'card fold' },
    h('summary', {}, say('Give money back')),
    h('form', { class: 'stack', onsubmit }, amount.element, alert, button),
  );
}
