/** `mysql://user:password@host:port,host:port/database?tls=on`: one server, or several with the preferred one first. */
import { isIPv6 } from 'node:net';

/** Where a server listens. */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

export interface MysqlUrl {
  /** In the order of preference; at least one. */
  readonly hosts: readonly HostAddress[];
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: boolean;
}

/** A list of hosts that cannot be used. Says which one, and shows no text of the URL: it may be a part of the password. */
export class HostListError extends TypeError {}

const form = 'mysql://user:password@host:port/db';
const defaultPort = 3306;
const mostPort = 65_535;
const parts =
  /^mysql:\/\/(?<user>[^:@/?#]+)(?::(?<password>[^/?#]*))?@(?<hosts>[^@/?#]*)\/(?<database>[^/?#]+)(?:\?(?<query>[^#]*))?$/;

/** @throws TypeError for a text of another form, without the text, which holds a password; `HostListError` for a list of hosts */
export function parseMysqlUrl(text: string): MysqlUrl {
  const { user = '', password = '', hosts = '', database = '', query = '' } = parts.exec(text)?.groups ?? {};
  if (user === '')
    throw new TypeError(`DATABASE_URL is not of the form ${form}. Percent-encode /, ? and # in the password.`);
  return {
    hosts: parseHosts(hosts.split(',')),
    user: decoded(user),
    password: decoded(password),
    database: decoded(database),
    tls: demandsTls(new URLSearchParams(query)),
  };
}

/** As it is shown and labelled: `db1:3306`, `[::1]:3306`. */
export function nameOf({ host, port }: HostAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function parseHosts(items: readonly string[]): HostAddress[] {
  const place = (at: number) => (items.length === 1 ? 'its host' : `host ${at + 1} of its ${items.length}`);
  const hosts = items.map((item, at) => parseHost(item, place(at)));
  hosts.forEach((address, at) => {
    const first = hosts.findIndex((other) => nameOf(other) === nameOf(address));
    if (first !== at) throw fault(place(at), `is the same as host ${first + 1}`);
  });
  return hosts;
}

function parseHost(item: string, place: string): HostAddress {
  if (item === '') throw fault(place, 'is empty');
  const [, bracketed, plain, after] = /^(?:\[(.*)\]|([^:[\]]*))(?::(.*))?$/.exec(item) ?? [];
  const named = bracketed === undefined ? /^[\w.-]+$/.test(plain ?? '') : isIPv6(bracketed);
  if (!named) throw fault(place, 'is no host name or address; an IPv6 address is written in brackets');
  const port = after === undefined ? defaultPort : /^\d{1,5}$/.test(after) ? Number(after) : 0;
  if (port < 1 || port > mostPort) throw fault(place, `has no port from 1 to ${mostPort}`);
  return { host: bracketed ?? plain ?? '', port };
}

function fault(place: string, what: string): HostListError {
  return new HostListError(`DATABASE_URL: ${place} ${what}. Several hosts are written as a:3306,b:3306,c.`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('DATABASE_URL has a % that is not followed by two hexadecimal digits. Write % as %25.');
  }
}

function demandsTls(parameters: URLSearchParams): boolean {
  const tls = parameters.get('tls') ?? 'off';
  const known = [...parameters.keys()].every((name) => name === 'tls');
  if (!known || (tls !== 'on' && tls !== 'off')) throw new TypeError('DATABASE_URL takes ?tls=on or ?tls=off alone.');
  return tls === 'on';
}
