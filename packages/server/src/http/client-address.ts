/**
 * The client's address: the peer's, and behind proxies that the operator named the one they pass on. `X-Forwarded-For`
 * from anyone else is ignored.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { HttpContext } from '../steps/http-context.js';

export type AddressOf = (ctx: Pick<HttpContext, 'ip' | 'req'>) => string;

/**
 * Without `trusted` the Koa app decides by its `proxy` and `maxIpsCount`.
 * @throws Error naming the entry of `trusted` that is neither an address nor a network such as `10.0.0.0/8`
 */
export function createAddressOf(trusted: readonly string[] = []): AddressOf {
  if (trusted.length === 0) return ({ ip }) => plain(ip);
  const proxies = new BlockList();
  for (const entry of trusted) addProxy(proxies, entry);
  return ({ req }) => forwardedBy(proxies, req);
}

function forwardedBy(proxies: BlockList, { socket, headers }: IncomingMessage): string {
  const isProxy = (address: string) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  const peer = plain(socket.remoteAddress ?? '');
  if (isIP(peer) === 0 || !isProxy(peer)) return peer;
  const hops = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((hop) => plain(hop.trim()));
  // From the right, where each proxy appends the address it saw: anyone can write what is left of the first one that
  // is not a proxy.
  let client = peer;
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) break;
    client = hop;
    if (!isProxy(hop)) break;
  }
  return client;
}

/** An IPv4 address without the IPv6 form that a dual-stack socket gives it (RFC 4291 section 2.5.5.2). */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function addProxy(proxies: BlockList, entry: string): void {
  const [network = '', bits] = entry.split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  const prefix = Number(bits);
  const most = family === 'ipv6' ? 128 : 32;
  if (isIP(network) === 0 || (bits !== undefined && !(/^\d+$/.test(bits) && prefix <= most))) {
    throw new Error(`trustProxy has ${JSON.stringify(entry)}, which is neither an address nor a network.`);
  }
  if (bits === undefined) proxies.addAddress(network, family);
  else proxies.addSubnet(network, prefix, family);
}
