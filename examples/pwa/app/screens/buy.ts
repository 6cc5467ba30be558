/** The order, paid by the sandbox: no money moves. */
import type { Merchandise } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h } from '../dom.js';
import { perform } from '../form.js';
import { price } from '../format.js';
import { go, type Screen, type Visit } from '../router.js';
import { say } from '../words.js';
import { terms } from './gym.js';

export async function openBuy({ params: { gym = '', offer = '' }, signal }: Visit): Promise<Screen> {
  const [wanted, seller] = await Promise.all([
    client.merchandise.get(offer, { signal }),
    client.gym.get(gym, { signal }),
  ]);
  return {
    title: say('Your order'),
    back: { href: `/gyms/${gym}`, label: seller.name },
    content: order(wanted, seller.name),
  };
}

function order(wanted: Merchandise, seller: string): Child {
  const { name, price: cost } = wanted;
  if (!cost) return h('p', { class: 'panel' }, say('This has no price yet.'));
  const alert = h('p', { class: 'error', role: 'alert' });
  const pay = h('button', { class: 'button wide', type: 'button' }, say('Pay {price}', { price: price(cost) }));
  const purchase = createPurchase(wanted._id);
  pay.addEventListener('click', () => {
    void perform({ button: pay, alert }, async () => go(`/passes/${await purchase()}`, { instead: true }));
  });
  return [
    h(
      'div',
      { class: 'card order' },
      h('p', { class: 'muted' }, seller),
      h('h2', {}, name),
      h('p', { class: 'terms' }, terms(wanted)),
      h('p', { class: 'price total' }, price(cost)),
    ),
    h('p', { class: 'hint' }, say('This is a sandbox: the payment is confirmed at once, and no money moves.')),
    alert,
    pay,
  ];
}

/**
 * One purchase, however often the button is pressed: the same idempotency key each time, so that the answer that got
 * lost is the answer of the next press. Gives the id of the record.
 */
function createPurchase(merchandiseId: string): () => Promise<string> {
  const idempotencyKey = crypto.randomUUID();
  return async () => {
    const order = { merchandiseId, paymentMethod: 'sandbox' };
    const { transactionRecordId, prepayId } = await client.transaction.perform(order, { idempotencyKey });
    await client.transaction.verify({ transactionRecordId, transactionId: prepayId });
    return transactionRecordId;
  };
}
