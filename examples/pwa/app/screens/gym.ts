/** One gym, and what it sells. */
import type { PublicGym, PublicMerchandise } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h } from '../dom.js';
import { date, duration, price, visits } from '../format.js';
import { growingList } from '../growing-list.js';
import { icon } from '../icons.js';
import { currentMember } from '../member.js';
import { nothing, type Screen, type Visit } from '../router.js';
import { tile } from '../tile.js';
import { say } from '../words.js';

export async function openGym({ params: { gym = '' }, signal }: Visit): Promise<Screen> {
  const [found] = await client.discovery.gyms({ gym }, { signal });
  if (!found) return nothing(say('No such gym'), say('It may have closed, or the link is wrong.'));
  return {
    title: found.name,
    back: { href: '/', label: say('Gyms') },
    mark: tile(found.name),
    wide: true,
    content: [
      h('div', { class: 'about' }, about(found), currentMember() && staffLink(gym)),
      h('section', { class: 'offers' }, h('h2', {}, say('Passes and classes')), offerList(gym, signal)),
    ],
  };
}

/** For everybody who is signed in: the server, which knows who works here, decides what they may do. */
function staffLink(gym: string): Child {
  return h('a', { class: 'button quiet', href: `/door?gym=${gym}` }, icon('door'), say('For staff'));
}

function offerList(gym: string, signal: AbortSignal): Child {
  return growingList<PublicMerchandise>({
    label: say('Passes and classes'),
    shown: '{count} offers shown',
    load: (after, pageSize) => client.discovery.merchandise({ gym, after }, { pageSize, signal }),
    show: offerCard,
    empty: h('p', { class: 'panel' }, say('Nothing is on sale here now.')),
    signal,
  });
}

function about({ address, detail, services, equipments, announcements }: PublicGym): Child {
  return [
    address !== null && h('p', { class: 'muted' }, address),
    announcements.map(({ title, text }) =>
      h('p', { class: 'panel' }, title !== undefined && h('strong', {}, `${title} `), text),
    ),
    detail !== null && h('p', {}, detail),
    chips(say('Services'), services),
    chips(say('Equipment'), equipments),
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
        ? h('span', { class: 'muted' }, say('Sold out'))
        : h(
            'a',
            { class: 'button', href: `/gyms/${gym}/buy/${_id}`, 'aria-label': say('Buy {name}', { name }) },
            say('Buy'),
          ),
    ),
  );
}

/** How often, how long, how many are left. */
export function terms({ count, expiryInfo, stock }: Pick<PublicMerchandise, 'count' | 'expiryInfo' | 'stock'>): string {
  const parts = [visits(count)];
  if (expiryInfo && 'duration' in expiryInfo)
    parts.push(say('valid for {duration}', { duration: duration(expiryInfo.duration) }));
  else if (expiryInfo?.expiryDate !== undefined) parts.push(say('until {date}', { date: date(expiryInfo.expiryDate) }));
  if (stock !== null && stock > 0) parts.push(say('{count} left', { count: stock }));
  return parts.join(' · ');
}
