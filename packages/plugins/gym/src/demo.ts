/** Gyms of several kinds in and around Salzburg, for `palestra demo`. */
import type { DemoHost } from '@palestra/core';

type Town = readonly [name: string, longitude: number, latitude: number];

const towns: readonly Town[] = [
  ['Salzburg', 13.0455, 47.8009],
  ['Seekirchen', 13.1311, 47.8978],
  ['Hallein', 13.0969, 47.6833],
  ['Oberndorf', 12.9428, 47.9433],
  ['Mondsee', 13.3494, 47.8564],
];

interface DemoGym {
  readonly name: string;
  readonly street: string;
  readonly detail: string;
  readonly services: readonly string[];
  readonly equipments: readonly string[];
}

const kinds: readonly DemoGym[] = [
  {
    name: 'Boulder Hall',
    street: 'Mühlweg 3',
    detail: 'Two hundred problems from 4 to 8a, reset every three weeks, and a café with a view of the wall.',
    services: ['Bouldering', 'Courses', 'Café'],
    equipments: ['Kilter board', 'Campus board'],
  },
  {
    name: 'Yoga Loft',
    street: 'Kirchengasse 7',
    detail: 'A quiet room under the roof. Classes from six in the morning; mats are there.',
    services: ['Yoga', 'Pilates', 'Meditation'],
    equipments: ['Mats', 'Reformer'],
  },
  {
    name: 'Box Club',
    street: 'Werkstraße 20',
    detail: 'Two rings and twelve bags. Beginners train on Tuesdays and Thursdays; gloves are lent.',
    services: ['Boxing', 'Conditioning'],
    equipments: ['2 rings', 'Heavy bags'],
  },
  {
    name: 'Swim & Gym',
    street: 'Badstraße 1',
    detail: 'A 25-metre pool with six lanes, and a weight room above it. Open until ten.',
    services: ['Pool', 'Sauna', 'Classes'],
    equipments: ['25 m pool', 'Cable tower'],
  },
  {
    name: 'Dance Works',
    street: 'Bahnhofstraße 15',
    detail: 'Ballet, jazz and hip-hop on a sprung floor, for children and adults.',
    services: ['Dance', 'Barre'],
    equipments: ['Sprung floor'],
  },
];

/** The gyms that the pages for developers use. */
const named = [
  {
    name: 'Iron Temple',
    address: 'Seestraße 12, Salzburg',
    geoLocation: [13.055, 47.8095],
    detail: 'Free weights, six racks and a deadlift platform. Open every day from six to ten.',
    services: ['Free weights', 'Coaching', 'Sauna'],
    equipments: ['6 racks', 'Deadlift platform', 'Rower'],
    announcements: [
      { scope: 2, title: 'Open day', text: 'Saturday from ten: try anything, with a coach beside you.' },
      { scope: 1, title: 'Sauna', text: 'Closed on Monday for maintenance.' },
    ],
  },
  {
    name: 'Oak Hall',
    address: 'Eichenweg 4, Salzburg',
    geoLocation: [13.085, 47.8095],
    detail: 'A former carpentry: rings, ropes and wooden bars.',
    services: ['Calisthenics', 'Gymnastics'],
    equipments: ['Rings', 'Ropes'],
  },
  {
    name: 'Silk Studio',
    address: 'Seidengasse 9, Wien',
    geoLocation: [16.37, 48.2],
    detail: 'Aerial silk and trapeze, in small groups.',
    services: ['Aerial silk', 'Trapeze'],
    equipments: ['Trapeze'],
  },
];

export async function demo({ people, call }: DemoHost): Promise<void> {
  const owners = people.filter(({ role }) => role === 'operator').map(({ username }) => username);
  const around = kinds.flatMap((kind, row) => towns.map((town, column) => gymOf(kind, town, row * 7 + column)));
  for (const [at, data] of [...named, ...around].entries()) {
    // The first operator owns what the pages for developers use, the others own the rest in turn.
    const owner = owners[at < named.length ? 0 : at % owners.length] ?? '';
    await call('operateGym', { as: owner, body: { operation: 'create', data } });
  }
}

/** Some hundred metres apart, so that no two are at one spot. */
function gymOf({ name, street, ...facts }: DemoGym, [town, longitude, latitude]: Town, shift: number): object {
  return {
    ...facts,
    name: `${name} ${town}`,
    address: `${street}, ${town}`,
    geoLocation: [longitude + ((shift % 5) - 2) * 0.004, latitude + ((shift % 7) - 3) * 0.003],
  };
}
