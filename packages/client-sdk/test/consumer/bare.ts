/** An app's code, compiled with `lib: ES2023` alone: no `lib.dom`, no `@types/node`. Each `@ts-expect-error` says why. */
import {
  type Client,
  type ClientPlugin,
  createClient,
  createLeanClient,
  discovery,
  type Gym,
  gym,
  isClientError,
  isErrorOf,
  type LeanClient,
  memoryTokens,
  type Operation,
  type Resource,
  resource,
} from '@palestra/client';

export const client: Client = createClient({ baseUrl: 'https://gym.example', tokens: memoryTokens() });

export async function reads(): Promise<string | null> {
  const gyms: Gym[] = await client.gym.query({ name: { contains: 'iron' }, find: 20 });
  for await (const each of client.gym.list({}, { pageSize: 50 })) gyms.push(each);
  for await (const page of client.discovery.gyms({ near: [13.055, 47.8095], max: 5000 }).pages()) {
    const metres: number | undefined = page[0]?.distance;
    if (metres === 0) break;
  }
  const offers = await client.merchandise.query({ gym: { equals: '1' }, services: undefined } as { gym: object });
  const price: { amount: number; currency: string } | null | undefined = offers[0]?.price;
  return price?.currency ?? gyms[0]?.address ?? null;
}

export async function calls(): Promise<void> {
  const one = await client.call('getGym', { params: { id: '1' } });
  const name: string = one.name;
  const list = await client.call('listGyms');
  const pair = await client.call('register', { body: { username: name, password: 'long enough' } });
  const token: string = pair.refresh_token;
  const { user_token } = await client.call('login', { params: { username: token } });
  await client.gym.get(list[0]?._id ?? user_token, { timeoutMs: 1000, retry: false });
}

/** A game's configuration is the game's own. */
export async function games(): Promise<unknown> {
  await client.club.games.add({ gameConfigDTO: { name: 'Star Sprint', rounds: 3 } });
  const { config } = await client.club.games.create({ name: 'Star Sprint', config: { rounds: 3 } });
  return config;
}

export async function mistakes(): Promise<void> {
  // @ts-expect-error name is required
  await client.gym.create({ address: 'Seestraße 12' });
  // @ts-expect-error a gym has no colour
  await client.gym.create({ name: 'Iron', colour: 'red' });
  // @ts-expect-error _id is required
  await client.gym.update({ name: 'Iron' });
  // @ts-expect-error no field of that name
  await client.gym.query({ colour: { equals: 'red' } });
  // @ts-expect-error no qualifier but equals and contains
  await client.gym.query({ name: { startsWith: 'I' } });
  // @ts-expect-error a name is text
  await client.gym.query({ name: { equals: 7 } });
  // @ts-expect-error a number contains nothing
  await client.merchandise.query({ count: { contains: '1' } });
  // @ts-expect-error type is 1 or 2
  await client.merchandise.create({ name: 'Yoga', type: 3, gym: '1' });
  // @ts-expect-error longitude and latitude, not text
  await client.discovery.gyms({ near: '13.055,47.8095' });
  // @ts-expect-error a role cannot be changed here
  await client.profile.update({ _id: '1', role: 'admin' });
  // @ts-expect-error passwords are changed by changePassword, sealed
  await client.profile.update({ _id: '1', password: 'x' });
  // @ts-expect-error there is no such operation
  await client.call('getGyms');
  // @ts-expect-error the path parameter is missing
  await client.call('getGym');
  // @ts-expect-error the plaintext has a password
  await client.call('register', { body: { username: 'jon' } });
  // @ts-expect-error baseUrl is required
  createClient({});
  // @ts-expect-error guests see no owner
  (await client.discovery.gyms())[0]?.owner;
}

export function errors(error: unknown): string {
  if (!isClientError(error)) return 'not ours';
  if (error.kind === 'conflict' && error.code === 'duplicate_resource_creation') return error.errors[0]?.pointer ?? '';
  // @ts-expect-error there is no such code
  if (error.code === 'duplicate_ressource') return '';
  // @ts-expect-error there is no such kind
  if (error.kind === 'unauthorised') return '';
  return error.retryable ? `again in ${error.retryAfterMs ?? 0} ms` : error.requestId;
}

/** An operation has few codes. */
export function refusal(error: unknown): string {
  if (!isErrorOf('verifyTransactionRecord', error)) return '';
  if (error.code === 'qr_invalid') return 'Show the code again.';
  // @ts-expect-error only a purchase is declined
  return error.code === 'payment_declined' ? '' : error.message;
}

/** A plugin has codes of its own. */
export function isTaken(error: unknown): boolean {
  return isClientError<'locker_taken'>(error) && (error.code === 'locker_taken' || error.code === 'conflict');
}

interface EquipmentTypes {
  item: { readonly _id: string; readonly name: string };
  create: { readonly name: string };
  query: { readonly find?: number; readonly after?: string; readonly name?: object };
  update: { readonly _id: string; readonly name?: string };
}

const at = (id: string, method: 'GET' | 'POST' | 'DELETE', path: string): Operation => ({ id, method, path });
const operations = {
  operate: at('operateEquipment', 'POST', '/api/equipment'),
  list: at('listEquipment', 'GET', '/api/equipment'),
  get: at('getEquipment', 'GET', '/api/equipment/{id}'),
  delete: at('deleteEquipment', 'DELETE', '/api/equipment/{id}'),
};

export const equipment: ClientPlugin<'equipment', Resource<EquipmentTypes>, { listEquipment: Operation }> = {
  name: 'equipment',
  operations: { listEquipment: operations.list },
  setup: (scope) => resource(scope, operations),
};

export async function plugins(): Promise<string> {
  const extended = createClient({ baseUrl: 'https://gym.example', plugins: [equipment] });
  const [rower] = await extended.equipment.query({ name: { contains: 'row' } });
  await extended.call('listEquipment');
  await extended.call('listGyms');
  const lean = createLeanClient({ baseUrl: 'https://gym.example', plugins: [gym, discovery] });
  const machinery: LeanClient = lean;
  await machinery.call(operations.list);
  // @ts-expect-error merchandise was not named
  lean.merchandise;
  // @ts-expect-error without the plugin there is no such part
  client.equipment;
  const [first]: Gym[] = await lean.gym.list();
  return first?.name ?? rower?.name ?? '';
}
