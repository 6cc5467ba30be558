/**
 * Whose request it is: the peer's address, and behind proxies that the operator named the one they pass on. Whoever else
 * sends `X-Forwarded-For` is not believed.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

export type AddressOf = (request: IncomingMessage) => string;

/** @throws Error naming the entry of `trusted` that is neither an address nor a network such as `10.0.0.0/8` */
export function createAddressOf(trusted: readonly string[] = []): AddressOf {
  const proxies = new BlockList();
  for (const entry of trusted) addProxy(proxies, entry);
  const isProxy = (address: string) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return ({ socket, headers }) => {
    const peer = plain(socket.remoteAddress ?? '');
    if (trusted.length === 0 || isIP(peer) === 0 || !isProxy(peer)) return peer;
    const hops = String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((hop) => plain(hop.trim()));
    // From the right, where each proxy appends whom it saw: what stands before the first stranger, anybody can write.
    let client = peer;
    for (const hop of hops.reverse()) {
      if (isIP(hop) === 0) break;
      client = hop;
      if (!isProxy(hop)) break;
    }
    return client;
  };
}

/** An IPv4 address as an IPv6 socket has it is still that address. */
export function plain(address: string): string {
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
