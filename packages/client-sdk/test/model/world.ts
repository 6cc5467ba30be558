/** Simulated time, devices with tabs that sleep and crash, and a network that loses what it carries. */
import {
  type Client,
  type Clock,
  createClient,
  storageTokens,
  type TokenStore,
  type Tokens,
  type TransportInit,
  type TransportResponse,
} from '@palestra/client';
import type { Random } from '../random.js';
import { problem, type Reply } from '../wire.js';
import { Families } from './families.js';

interface Request {
  readonly route: string;
  readonly authorization: string | undefined;
  readonly body: string | undefined;
}

interface Event {
  readonly at: number;
  readonly order: number;
  run(): void;
}

/** A browser or phone: one storage, one wall clock, several tabs. */
export class Device {
  readonly items: Map<string, string> = new Map();
  /** The last refresh token that was ever stored here. */
  lastRefreshToken = '';
  lastStoredAt = 0;
  readonly tabs: Tab[] = [];
  /** Of its wall clock, which the user may set. */
  offset = 0;
  isAsleep = false;
  /** Whether its monotonic clock stops while it sleeps. */
  readonly stopsInSleep: boolean;
  slept = 0;
  /** Web Locks; some browsers have none. */
  readonly hasLocks: boolean;
  lock: Promise<unknown> = Promise.resolve();

  constructor(random: Random) {
    this.stopsInSleep = random.chance(0.5);
    this.hasLocks = random.chance(0.5);
  }

  get stored(): Tokens | undefined {
    const text = this.items.get('palestra.tokens');
    return text === undefined ? undefined : JSON.parse(text);
  }
}

export interface Tab {
  readonly device: Device;
  readonly client: Client;
  isAlive: boolean;
  isFrozen: boolean;
}

const lockTimeoutMs = 10_000;

export class World {
  readonly families: Families = new Families();
  readonly devices: Device[] = [];
  time: number = Date.parse('2026-11-20T08:00:00Z');
  /** Whether messages are lost, or arrive late. */
  isNetworkBad = true;
  readonly #random: Random;
  readonly #events: Event[] = [];
  readonly #deferred = new Map<Tab, (() => void)[]>();
  /** Called when their tab sends its next request. */
  readonly #onSend = new Map<Tab, () => void>();
  #order = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  device(): Device {
    const device = new Device(this.#random);
    this.devices.push(device);
    return device;
  }

  open(device: Device): Tab {
    const clock: Clock = {
      now: () => this.time + device.offset,
      monotonic: () => this.time - (device.stopsInSleep ? device.slept : 0),
      schedule: (task, ms) => {
        let isCancelled = false;
        this.#at(this.time + ms, () => this.#inTab(tab, () => isCancelled || task()));
        return () => {
          isCancelled = true;
        };
      },
    };
    const transport = (url: string, init: TransportInit) => this.#send(tab, url, init);
    const client = createClient({
      baseUrl: 'https://gym.example',
      clock,
      transport,
      tokens: this.#tokens(device, clock),
      random: () => this.#random.next(),
    });
    const tab: Tab = { device, client, isAlive: true, isFrozen: false };
    device.tabs.push(tab);
    return tab;
  }

  /** A crash ends what the tab is doing between two tasks; the browser releases its locks. */
  crash(tab: Tab): void {
    tab.isAlive = false;
    tab.device.tabs.splice(tab.device.tabs.indexOf(tab), 1);
    tab.device.lock = Promise.resolve();
  }

  freeze(tab: Tab): void {
    tab.isFrozen = true;
  }

  async thaw(tab: Tab): Promise<void> {
    tab.isFrozen = false;
    await this.#catchUp(tab);
  }

  async sleep(device: Device, ms: number): Promise<void> {
    device.isAsleep = true;
    const start = this.time;
    await this.pass(ms);
    device.slept += this.time - start;
    device.isAsleep = false;
    for (const tab of device.tabs) await this.#catchUp(tab);
  }

  /** Runs what happens in so much time. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await settle();
      this.#events.sort((a, b) => a.at - b.at || a.order - b.order);
      const next = this.#events[0];
      if (next === undefined || next.at > end) break;
      this.#events.shift();
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = end;
  }

  /**
   * Starts `work`, and waits until it has sent its request. The client loads the code for some requests on demand, which
   * takes real time: if simulated time went on meanwhile, a slow machine would see another run than a fast one.
   */
  async sent(tab: Tab, work: () => Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#onSend.set(tab, resolve);
      work().catch(reject);
    });
  }

  /** Runs `work` to its end. */
  async finish(work: Promise<unknown>): Promise<void> {
    let done = false;
    const end = () => {
      done = true;
    };
    work.then(end, end);
    for (let turn = 0; turn < 10_000 && !done; turn++) await this.pass(1_000);
    if (!done) throw new Error('It does not end.');
  }

  #at(at: number, run: () => void): void {
    this.#events.push({ at, order: this.#order++, run });
  }

  /** A tab that cannot run gets to it when it can; one that crashed never does. */
  #inTab(tab: Tab, run: () => void): void {
    if (!tab.isAlive) return;
    if (!tab.isFrozen && !tab.device.isAsleep) run();
    else this.#deferred.set(tab, [...(this.#deferred.get(tab) ?? []), run]);
  }

  async #catchUp(tab: Tab): Promise<void> {
    const due = this.#deferred.get(tab) ?? [];
    this.#deferred.delete(tab);
    for (const run of due) {
      this.#inTab(tab, run);
      await settle();
    }
  }

  #send(tab: Tab, url: string, init: TransportInit): Promise<TransportResponse> {
    const random = this.#random;
    this.#onSend.get(tab)?.();
    this.#onSend.delete(tab);
    const { headers, body } = init;
    const request: Request = {
      route: `${init.method} ${new URL(url).pathname}`,
      authorization: headers.authorization,
      body,
    };
    return new Promise((resolve, reject) => {
      const lose = () => this.#inTab(tab, () => reject(new TypeError('fetch failed')));
      // What has not arrived when its connection is closed does not arrive.
      let isClosed = false;
      const isLost = () => isClosed || !tab.isAlive || tab.device.isAsleep || (this.isNetworkBad && random.chance(0.2));
      const delay = () => 1 + random.below(this.isNetworkBad && random.chance(0.05) ? 15_000 : 500);
      this.#at(this.time + delay(), () => {
        if (isLost()) return random.chance(0.5) ? lose() : undefined;
        const reply = this.#answer(request);
        this.#at(this.time + delay(), () => {
          if (isLost()) return random.chance(0.5) ? lose() : undefined;
          return this.#inTab(tab, () => resolve(responseOf(reply)));
        });
      });
      init.signal?.addEventListener('abort', () => {
        isClosed = true;
        reject(new Error('aborted'));
      });
    });
  }

  #answer({ route, authorization = '', body = '{}' }: Request): Reply {
    const success = (data: unknown): Reply => ({ body: { success: true, data, exceptionMessage: '' } });
    const { refresh_token = '', refresh_key } = JSON.parse(body);
    if (route === 'GET /api/auth') return success(this.families.signIn(this.time).pair);
    if (route === 'POST /api/refresh') {
      const pair = this.families.refresh(refresh_token, refresh_key, this.time);
      return pair ? success(pair) : problem('tokenInvalid');
    }
    if (route === 'POST /api/logout') {
      this.families.signOut(refresh_token);
      return success({});
    }
    const isAccepted = this.families.isAccepted(authorization.replace('Bearer ', ''), this.time);
    return isAccepted ? success([]) : problem('tokenExpired');
  }

  #tokens(device: Device, clock: Clock): TokenStore {
    const store = storageTokens({
      getItem: (key) => device.items.get(key) ?? null,
      setItem: (key, value) => {
        device.items.set(key, value);
        device.lastRefreshToken = device.stored?.refreshToken ?? '';
        device.lastStoredAt = this.time;
      },
      removeItem: (key) => device.items.delete(key),
    });
    const { bind } = store;
    const exclusive = async <Result>(task: () => Promise<Result>): Promise<Result> => {
      const before = device.lock;
      let release = (): void => {};
      device.lock = new Promise<void>((resolve) => {
        release = resolve;
      });
      await Promise.race([before, new Promise<void>((resolve) => clock.schedule(resolve, lockTimeoutMs))]);
      return task().finally(release);
    };
    const { exclusive: _, ...unlocked } = store;
    if (!bind) throw new Error('Tokens in a storage are bound to a server.');
    return {
      ...unlocked,
      bind: (server, boundClock) => {
        const { exclusive: __, ...bound } = bind(server, boundClock);
        return device.hasLocks ? { ...bound, exclusive } : bound;
      },
    };
  }
}

function responseOf({ status = 200, body }: Reply): TransportResponse {
  return { status, headers: { get: () => null }, text: () => Promise.resolve(JSON.stringify(body)) };
}

/** Until nothing is left to do at this moment. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
