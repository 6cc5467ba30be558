/** Something to find: gyms around Salzburg with passes on sale, put there through the client SDK as anybody would. */
import { type Client, createClient, type Gym, type MerchandiseData } from '@palestra/client';

export interface DemoAccount {
  readonly username: string;
  readonly password: string;
}

export interface DemoOptions {
  readonly baseUrl: string;
  readonly dba: DemoAccount;
  /** Each opens one gym; the last one, all that are left. */
  readonly operators: readonly [DemoAccount, ...DemoAccount[]];
}

type Town = readonly [name: string, longitude: number, latitude: number];

const towns: readonly Town[] = [
  ['Henndorf', 13.1903, 47.8994],
  ['Seekirchen', 13.1311, 47.8978],
  ['Salzburg', 13.0455, 47.8009],
  ['Hallein', 13.0969, 47.6833],
  ['Oberndorf', 12.9428, 47.9433],
  ['Thalgau', 13.2531, 47.8417],
  ['Mondsee', 13.3494, 47.8564],
  ['Straßwalchen', 13.2553, 47.9794],
  ['Mattsee', 13.1064, 47.9722],
  ['Golling', 13.1686, 47.5989],
];

type Kind = readonly [name: string, street: string, services: readonly string[], equipments: readonly string[]];

const kinds: readonly Kind[] = [
  ['Iron Temple', 'Seestraße 12', ['Free weights', 'Coaching', 'Sauna'], ['6 racks', 'Deadlift platform', 'Rower']],
  ['Boulder Hall', 'Mühlweg 3', ['Bouldering', 'Courses', 'Café'], ['Kilter board', 'Campus board']],
  ['Yoga Loft', 'Kirchengasse 7', ['Yoga', 'Pilates', 'Meditation'], ['Mats', 'Reformer']],
  ['Box Club', 'Werkstraße 20', ['Boxing', 'Conditioning'], ['2 rings', 'Heavy bags']],
  ['Swim & Gym', 'Badstraße 1', ['Pool', 'Sauna', 'Classes'], ['25 m pool', 'Cable tower']],
  ['Dance Works', 'Bahnhofstraße 15', ['Dance', 'Barre'], ['Sprung floor']],
];

type Offer = Omit<MerchandiseData, 'gym'>;

const day = 86_400;

const offers: readonly Offer[] = [
  {
    name: 'Ten visits',
    type: 2,
    price: { amount: 9900, currency: 'EUR' },
    count: 10,
    summary: 'Come ten times, whenever you like.',
    expiryInfo: { duration: 365 * day },
  },
  {
    name: 'Drop in',
    type: 1,
    price: { amount: 1450, currency: 'EUR' },
    count: 1,
    summary: 'One visit, to see how it is.',
    expiryInfo: { duration: 30 * day },
  },
  {
    name: 'Month, unlimited',
    type: 2,
    price: { amount: 5900, currency: 'EUR' },
    count: -1,
    summary: 'As often as you can, for thirty days.',
    expiryInfo: { duration: 30 * day },
  },
  {
    name: 'Beginners’ course',
    type: 1,
    price: { amount: 12_000, currency: 'EUR' },
    count: 6,
    stock: 8,
    summary: 'Six evenings in a small group, with a coach.',
    tag: 'Small group',
  },
];

/** Gyms come into being in this order; their shelves are filled side by side. */
export async function seedDemo({ baseUrl, dba, operators }: DemoOptions): Promise<void> {
  const owners = await Promise.all(operators.map((operator) => hire(baseUrl, dba, operator)));
  // Town by town, so that the first screen shows gyms of every kind.
  const places = towns.flatMap((town, column) => kinds.map((kind, row) => ({ kind, town, shift: row * 7 + column })));
  const filling: Promise<void>[] = [];
  for (const [index, place] of places.entries()) {
    const owner = owners[Math.min(index, owners.length - 1)];
    if (owner) filling.push(fill(owner, await open(owner, place)));
  }
  await Promise.all(filling);
}

async function hire(baseUrl: string, dba: DemoAccount, operator: DemoAccount): Promise<Client> {
  const client = createClient({ baseUrl });
  await client.auth.register(operator);
  const administrator = createClient({ baseUrl });
  await administrator.auth.signInAdmin(dba);
  await administrator.admin.grant({ username: operator.username, role: 'operator' });
  await client.auth.signIn(operator);
  return client;
}

function open(owner: Client, { kind, town, shift }: { kind: Kind; town: Town; shift: number }): Promise<Gym> {
  const [name, street, services, equipments] = kind;
  const [place, longitude, latitude] = town;
  return owner.gym.create({
    name: `${name} ${place}`,
    address: `${street}, ${place}`,
    // Some hundred metres apart, so that no two stand in one spot.
    geoLocation: [longitude + ((shift % 5) - 2) * 0.004, latitude + ((shift % 7) - 3) * 0.003],
    detail: `Open every day from six to ten. ${services.join(', ')} under one roof, five minutes from the station.`,
    services: [...services],
    equipments: [...equipments],
    announcements: shift % 4 === 0 ? [{ scope: 2, title: 'Open day', text: 'Saturday from ten: try anything.' }] : [],
  });
}

async function fill(owner: Client, { _id: gym }: Gym): Promise<void> {
  for (const offer of offers) await owner.merchandise.create({ ...offer, gym });
}
