/** What plugins fill a demo server with, and the people who are in it. */
import {
  type DemoHost,
  type DemoPerson,
  type DemoRequest,
  formatAuthorization,
  formatUserPass,
  schemes,
} from '@palestra/core';
import { type DescribedOperation, operationsOf } from '../contract/operations.js';
import type { Palestra } from '../host/options.js';
import { accountAdministration } from '../management/index.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import { CommandError } from './errors.js';
import { actorOf } from './host.js';

/** Beside `dba`, who is there from the first start. */
const names: readonly (readonly [username: string, role: DemoPerson['role']])[] = [
  ['dba', 'dba'],
  ['system-admin', 'system_admin'],
  ['admin', 'admin'],
  ['iron-temple', 'operator'],
  ['sc-salzburg', 'operator'],
  ['mia', 'coach'],
  ['lea', 'player'],
  ['noah', 'player'],
];

export interface DemoOptions {
  readonly palestra: Palestra;
  /** Where it answers. */
  readonly url: string;
  readonly plugins: readonly AnyPlugin[];
  /** Of every person. */
  readonly password: string;
  print(line: string): void;
}

/** Adds the people, then has each plugin add what it wants to show, after those that it requires. */
export async function fillDemo(options: DemoOptions): Promise<readonly DemoPerson[]> {
  const { palestra, plugins } = options;
  await addPeople(options);
  const host = await createDemoHost(options);
  for (const { plugin: name } of palestra.migrations()) {
    await plugins.find((plugin) => plugin.name === name)?.demo?.(host);
  }
  return host.people;
}

async function addPeople({ palestra, password }: DemoOptions): Promise<void> {
  const accounts = palestra.service(accountAdministration);
  for (const [username, role] of names) {
    if (role !== 'dba') await accounts.add(actorOf('demo'), { username, password, role });
  }
}

async function createDemoHost({ palestra, url, password, print }: DemoOptions): Promise<DemoHost> {
  const operations = new Map(operationsOf(palestra.openapi()).map((operation) => [operation.id, operation]));
  const tokens = new Map<string, Promise<string>>();

  async function signIn(username: string): Promise<string> {
    const authorization = formatAuthorization(schemes.basic, formatUserPass(username, password));
    const { user_token } = await send(url, operationOf('login'), { params: { username } }, authorization);
    return user_token;
  }

  function operationOf(id: string): DescribedOperation {
    const operation = operations.get(id);
    if (!operation) throw new CommandError(`The demo calls ${id}, which no plugin describes.`);
    return operation;
  }

  async function tokenOf(as: DemoRequest['as']): Promise<string> {
    if (typeof as !== 'string') return as.token;
    const token = tokens.get(as) ?? signIn(as);
    tokens.set(as, token);
    return token;
  }

  const call: DemoHost['call'] = async (id, request) =>
    send(url, operationOf(id), request, formatAuthorization(schemes.bearer, await tokenOf(request.as)));
  const [anyone] = names[0] ?? [''];
  const { data: profiles } = await call('listProfiles', { as: anyone });
  const idOf = (username: string) =>
    Number(profiles.find((profile: { username: string }) => profile.username === username)?._id);
  return {
    people: names.map(([username, role]) => ({ username, role, accountId: idOf(username) })),
    call,
    provisioner: () => palestra.service(accountAdministration).provisioner(actorOf('demo')),
    print,
  };
}

async function send(
  url: string,
  { id, method, path }: DescribedOperation,
  { params = {}, query = {}, body }: Omit<DemoRequest, 'as'>,
  authorization: string,
): Promise<ReturnType<typeof JSON.parse>> {
  const place = path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const response = await fetch(`${url}${place}${search.size > 0 ? `?${search}` : ''}`, {
    method: method.toUpperCase(),
    headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new CommandError(`The demo called ${id}, which answered ${response.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
