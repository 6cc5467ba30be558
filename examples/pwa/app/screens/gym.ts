/** One gym, and what it sells. */
import type { PublicGym, PublicMerchandise } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h } from '../dom.js';
import { date, duration, price, visits } from '../format.js';
import { growingList } from '../growing-list.js';
import type { Screen, Visit } from '../router.js';
import { tile } from '../tile.js';

export async function openGym({ params: { gym = '' }, signal }: Visit): Promise<Screen> {
  const [found] = await client.discovery.gyms({ gym }, { signal });
  if (!found) return { title: 'No such gym', content: h('p', {}, 'It may have moved.') };
  return {
    title: found.name,
    back: { href: '/', label: 'Gyms' },
    mark: tile(found.name),
    content: [
      about(found),
      h('h2', {}, 'Passes and classes'),
      growingList<PublicMerchandise>({
        label: 'Passes and classes',
        items: 'offers',
        load: (after, pageSize) => client.discovery.merchandise({ gym, after }, { pageSize, signal }),
        show: offerCard,
        empty: h('p', { class: 'panel' }, 'Nothing is on sale here now.'),
        signal,
      }),
    ],
  };
}

function about({ address, detail, services, equipments, announcements }: PublicGym): Child {
  return [
    address !== null && h('p', { class: 'muted' }, address),
    announcements.map(({ title, text }) =>
      h('p', { class: 'panel' }, title !== undefined && h('strong', {}, `${title} `), text),
    ),
    detail !== null && h('p', {}, detail),
    chips('Services', services),
    chips('Equipment', equipments),
  ];
}

function chips(label: string, words: readonly string[]): Child {
  return (
    words.length > 0 &&
    h(
      'ul',
      { class: 'chips', 'aria-label': label },
      words.map((word) => h('li', {}, word)),
    )
  );
}

function offerCard(offer: PublicMerchandise): Child {
  const { _id, gym, name, summary, price: cost, stock, tag } = offer;
  const soldOut = stock === 0;
  return h(
    'article',
    { class: 'card offer' },
    h('h3', {}, name, tag !== null && h('span', { class: 'tag' }, tag)),
    summary !== null && h('p', { class: 'muted' }, summary),
    h('p', { class: 'terms' }, terms(offer)),
    h(
      'div',
      { class: 'purchase' },
      cost !== null && h('span', { class: 'price' }, price(cost)),
      soldOut || cost === null
        ? h('span', { class: 'muted' }, 'Sold out')
        : h('a', { class: 'button', href: `/gyms/${gym}/buy/${_id}`, 'aria-label': `Buy ${name}` }, 'Buy'),
    ),
  );
}

/** How often, how long, how many are left. */
export function terms({ count, expiryInfo, stock }: Pick<PublicMerchandise, 'count' | 'expiryInfo' | 'stock'>): string {
  const parts = [visits(count)];
  if (expiryInfo && 'duration' in expiryInfo) parts.push(`valid for ${duration(expiryInfo.duration)}`);
  else if (expiryInfo?.expiryDate !== undefined) parts.push(`until ${date(expiryInfo.expiryDate)}`);
  if (stock !== null && stock > 0) parts.push(`${stock} left`);
  return parts.join(' · ');
}
