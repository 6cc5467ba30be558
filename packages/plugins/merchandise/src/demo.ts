/** What each gym of `palestra demo` sells: passes, a subscription, a class and a free trial. */
import type { DemoHost } from '@palestra/core';

interface Gym {
  readonly _id: string;
  /** Account id. */
  readonly owner: string | null;
}

const day = 86_400;
const euros = (amount: number) => ({ amount, currency: 'EUR' });

const offers: readonly object[] = [
  {
    name: 'Ten visits',
    type: 2,
    price: euros(9900),
    count: 10,
    stock: 500,
    summary: 'Come ten times within a year.',
    expiryInfo: { duration: 365 * day },
  },
  {
    name: 'Day pass',
    type: 2,
    price: euros(1450),
    count: 1,
    summary: 'One visit within thirty days.',
    expiryInfo: { duration: 30 * day },
  },
  {
    name: 'Month, unlimited',
    type: 2,
    price: euros(5900),
    count: -1,
    summary: 'As often as you like for thirty days.',
    expiryInfo: { duration: 30 * day },
  },
  {
    name: 'Beginners’ course',
    type: 1,
    price: euros(12_000),
    count: 6,
    stock: 8,
    summary: 'Six evenings in a small group, with a coach.',
    tag: 'Small group',
  },
  {
    name: 'First visit',
    type: 1,
    price: euros(0),
    count: 1,
    summary: 'Free: have a look around.',
    expiryInfo: { duration: 14 * day },
  },
];

export async function demo({ people, call }: DemoHost): Promise<void> {
  const [anyone] = people;
  if (!anyone) return;
  const { data: gyms } = await call('operateGym', { as: anyone.username, body: { operation: 'query', data: {} } });
  for (const { _id: gym, owner } of gyms as Gym[]) {
    const seller = people.find(({ accountId }) => accountId === Number(owner)) ?? anyone;
    for (const offer of offers) {
      await call('operateMerchandise', {
        as: seller.username,
        body: { operation: 'create', data: { ...offer, gym } },
      });
    }
  }
}
