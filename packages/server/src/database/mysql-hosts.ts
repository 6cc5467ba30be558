/**
 * Which of several servers is written to: by every instance the first of the list that can be used, so that instances
 * agree without talking to each other, and a cluster certifies the writes of one node.
 */
import type { HostProbe, HostState } from './mysql-host-probe.js';
import { type HostAddress, nameOf } from './mysql-url.js';

/** In milliseconds. */
export interface HostTimes {
  /** Between two looks at a server. */
  readonly every: number;
  /** A server that cannot say within this that it can be used is silent. */
  readonly answer: number;
  /** A server before the one in use must have been synced for so long before it is used again. */
  readonly hold: number;
  /** The hold doubles each time that a server is lost soon after it was returned to, up to this. */
  readonly mostHold: number;
}

export const hostTimes: HostTimes = { every: 500, answer: 1_000, hold: 5_000, mostHold: 300_000 };

/** A silent server is asked once more before it is left. */
const silentLooks = 2;
/** A server that served for so long was a good choice. */
const settledMs = 60_000;

/** What operators see of a server. */
export interface DatabaseHost {
  /** `db1:3306` */
  readonly name: string;
  readonly inUse: boolean;
  /** Why it cannot be used; undefined where it can. */
  readonly fault?: string;
}

interface Watched {
  readonly address: HostAddress;
  readonly name: string;
  readonly probe: HostProbe;
  state: HostState;
  silences: number;
  /** Since when it has been synced without a break (`performance.now()`). */
  syncedSince: number | undefined;
  holdMs: number;
  inUseSince: number;
  timer?: NodeJS.Timeout;
  looking?: Promise<void>;
}

export interface HostsOptions {
  readonly addresses: readonly HostAddress[];
  readonly probe: (address: HostAddress) => HostProbe;
  /** Called after the server in use has changed; `lost` where the one before cannot be used any more. */
  readonly onMove: (from: HostAddress, lost: boolean) => void;
  readonly times: HostTimes;
}

export class MysqlHosts {
  readonly #watched: readonly Watched[];
  readonly #times: HostTimes;
  readonly #onMove: HostsOptions['onMove'];
  #current: Watched;
  #moves = 0;
  #closed = false;

  constructor({ addresses, probe, onMove, times }: HostsOptions) {
    this.#times = times;
    this.#onMove = onMove;
    this.#watched = addresses.map((address) => ({
      address,
      name: nameOf(address),
      probe: probe(address),
      state: addresses.length === 1 ? { synced: true } : { synced: false, fault: 'not asked yet' },
      silences: 0,
      syncedSince: undefined,
      holdMs: times.hold,
      inUseSince: 0,
    }));
    const [first] = this.#watched;
    if (!first) throw new TypeError('There is no host.');
    this.#current = first;
  }

  /** Looks at every server, and takes the first that can be used; the first of all where none can. A single one is not asked. */
  async start(): Promise<void> {
    if (this.#watched.length === 1) return;
    await Promise.all(this.#watched.map((host) => this.#look(host)));
    this.#current = this.#best() ?? this.#watched.find(refuses) ?? this.#current;
    this.#current.inUseSince = performance.now();
    for (const host of this.#watched) this.#schedule(host);
  }

  get current(): HostAddress {
    return this.#current.address;
  }

  /** How often the server in use has changed. */
  get moves(): number {
    return this.#moves;
  }

  list(): DatabaseHost[] {
    return this.#watched.map(({ name, state: { fault }, ...host }) => ({
      name,
      inUse: host.address === this.#current.address,
      ...(fault !== undefined && { fault }),
    }));
  }

  /** A statement failed as it does on a server that is gone or refuses writes: looks at once. */
  suspect(): void {
    if (this.#watched.length > 1 && !this.#closed) void this.#look(this.#current);
  }

  close(): void {
    this.#closed = true;
    for (const { timer, probe } of this.#watched) {
      clearTimeout(timer);
      probe.close();
    }
  }

  #schedule(host: Watched): void {
    host.timer = setTimeout(async () => {
      await this.#look(host);
      if (!this.#closed) this.#schedule(host);
    }, this.#times.every).unref();
  }

  #look(host: Watched): Promise<void> {
    host.looking ??= this.#ask(host).finally(() => {
      delete host.looking;
    });
    return host.looking;
  }

  async #ask(host: Watched): Promise<void> {
    const state = await host.probe.look();
    if (this.#closed) return host.probe.close();
    host.silences = state.silent ? host.silences + 1 : 0;
    if (!state.synced) host.syncedSince = undefined;
    else host.syncedSince ??= performance.now();
    // A busy server may be silent once; nothing else is known of it then.
    if (state.silent && host.state.fault === undefined && host.silences < silentLooks) return;
    host.state = state;
    if (this.#current.inUseSince > 0) this.#decide();
  }

  #decide(): void {
    const lost = this.#current.state.fault !== undefined;
    const next = lost ? this.#best() : this.#better();
    if (next && next !== this.#current) this.#moveTo(next, lost);
  }

  /** Than one that can be used: for a donor, which may be blocked while it hands its data over, any that is synced. */
  #better(): Watched | undefined {
    if (!isSynced(this.#current)) return this.#watched.find(isSynced);
    const earlier = this.#watched.slice(0, this.#watched.indexOf(this.#current));
    const now = performance.now();
    return earlier.find((host) => isSynced(host) && now - (host.syncedSince ?? now) >= host.holdMs);
  }

  #best(): Watched | undefined {
    return this.#watched.find(isSynced) ?? this.#watched.find(({ state }) => state.fault === undefined);
  }

  #moveTo(next: Watched, lost: boolean): void {
    const before = this.#current;
    const now = performance.now();
    if (lost) {
      const { hold, mostHold } = this.#times;
      const soon = this.#moves > 0 && now - before.inUseSince < settledMs;
      before.holdMs = soon ? Math.min(mostHold, before.holdMs * 2) : hold;
    }
    this.#current = next;
    next.inUseSince = now;
    this.#moves += 1;
    this.#onMove(before.address, lost);
  }
}

/** It answers with an error, such as that of a wrong password, which says more than that another host does not answer. */
function refuses({ state }: Watched): boolean {
  return state.fault?.startsWith('ER_') ?? false;
}

function isSynced({ state }: Watched): boolean {
  return state.fault === undefined && state.synced;
}
