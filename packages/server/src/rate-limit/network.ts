/** The networks that an address belongs to: a client that has one of its addresses can usually use all of them. */
import { isIPv4, isIPv6 } from 'node:net';

/**
 * From the smallest to the largest: `203.0.113.0/24`; `2001:db8:0:1::/64` and `2001:db8:0::/48`, since one rented
 * server gets up to a /48; anything else is returned as it is.
 */
export function networksOf(address: string): readonly string[] {
  if (isIPv4(address)) return [`${address.split('.').slice(0, 3).join('.')}.0/24`];
  if (!isIPv6(address)) return [address];
  const groups = groupsOf(address);
  return [`${groups.slice(0, 4).join(':')}::/64`, `${groups.slice(0, 3).join(':')}::/48`];
}

/** Without leading zeros, `::` written out, the zone gone. */
function groupsOf(address: string): string[] {
  const [front = '', back] = (address.split('%', 1)[0] ?? '').split('::');
  const first = front === '' ? [] : front.split(':');
  const last = back === undefined || back === '' ? [] : back.split(':');
  const gap = back === undefined ? [] : new Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  return [...first, ...gap, ...last].map((group) => Number.parseInt(group, 16).toString(16));
}
