/**
 * Requests that wait because others like them were too many. Few of one network, so that it takes a great many networks
 * to keep anybody else from waiting.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { tooManyRequests } from './windows.js';

/** One more is refused. */
const most = { ofNetwork: 2, ofUser: 400, all: 1_000 } as const;

export interface Waiter {
  readonly user: string;
  readonly network: string;
}

export class Delays {
  readonly #users = new Map<string, number>();
  readonly #networks = new Map<string, number>();
  #all = 0;

  /** @throws PalestraError `tooManyRequests` */
  async wait({ user, network }: Waiter, ms: number): Promise<void> {
    const both = `${user}\n${network}`;
    const full =
      (this.#networks.get(both) ?? 0) >= most.ofNetwork ||
      (this.#users.get(user) ?? 0) >= most.ofUser ||
      this.#all >= most.all;
    if (full) throw tooManyRequests(ms);
    const count = (change: number) => {
      add(this.#networks, both, change);
      add(this.#users, user, change);
      this.#all += change;
    };
    count(1);
    await sleep(ms).finally(() => count(-1));
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
