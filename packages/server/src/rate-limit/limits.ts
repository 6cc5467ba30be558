/** How often what may be tried, as a table of facts (decision D12). */

/** Whose tries are counted together: of a network (IPv4 /24, IPv6 /64), of a user name, of both. */
export type Counted = 'network' | 'user' | 'user and network';

export interface Limit {
  readonly by: Counted;
  readonly most: number;
  readonly perMs: number;
  /** `delay` for what an attacker could use to lock somebody out: then it takes longer, and is not refused. */
  readonly over: 'refuse' | 'delay';
}

const minute = 60_000;
const hour = 60 * minute;

const refuse = (by: Counted, most: number, perMs: number): Limit => ({ by, most, perMs, over: 'refuse' });
const delay = (by: Counted, most: number, perMs: number): Limit => ({ by, most, perMs, over: 'delay' });

/** What an operation names by `x-rate-limit`. */
export type OperationLimit = 'login' | 'register' | 'refresh';

export const operationLimits: Readonly<Record<OperationLimit, readonly Limit[]>> = {
  login: [refuse('network', 30, minute)],
  register: [refuse('network', 30, minute), refuse('network', 300, hour)],
  refresh: [refuse('network', 120, minute)],
};

/** Every check of a password; one that was right does not count. */
const password = [
  refuse('user and network', 5, minute),
  refuse('user and network', 30, hour),
  delay('user', 100, hour),
];

export type LimitName = OperationLimit | 'password';

export const limits: Readonly<Record<LimitName, readonly Limit[]>> = { ...operationLimits, password };

export function isOperationLimit(name: unknown): name is OperationLimit {
  return typeof name === 'string' && Object.hasOwn(operationLimits, name);
}
