/**
 * A model of devices with tabs that sleep, freeze and crash, whose clocks jump and whose messages are lost: a session
 * ends by sign-out, theft or expiry and by nothing else. `npm run test:races -- --seed 7` runs the long form.
 */
import { expect } from 'chai';
import type { Family } from './model/families.js';
import { type Device, type Tab, World } from './model/world.js';
import { isLong, type Random, randomOf, seed } from './random.js';

const steps = isLong ? 100_000 : 10_000;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const root = { username: 'root', password: 'a password' };

/** Carries out random actions, and checks after each that no session was lost. */
class Model {
  readonly world: World;
  readonly counts: Record<string, number> = {};
  readonly #random: Random;
  /** Ids of families whose tokens another client has. */
  readonly #stolen = new Set<number>();
  /** Devices whose user has signed in, and not out. */
  readonly #signedIn = new Set<Device>();

  constructor(random: Random) {
    this.#random = random;
    this.world = new World(random);
    for (let index = 0; index < 3; index++) this.#openTabs(this.world.device());
  }

  async step(): Promise<void> {
    const device = this.#random.pick(this.world.devices);
    const [name, action] = this.#pickAction();
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    await action(device);
    await this.world.pass(this.#random.below(3_000));
    for (const each of this.world.devices) this.#check(each, name);
  }

  #pickAction(): readonly [string, (device: Device) => Promise<void> | void] {
    const actions: readonly (readonly [
      weight: number,
      name: string,
      action: (device: Device) => Promise<void> | void,
    ])[] = [
      [40, 'call', (device) => this.#call(device)],
      [12, 'refresh', (device) => this.#refresh(device)],
      [12, 'an hour passes', () => this.world.pass(this.#random.below(2 * hour))],
      [4, 'days pass', () => this.world.pass(this.#random.below(2 * day))],
      [8, 'sleep', (device) => this.world.sleep(device, this.#random.below(this.#random.chance(0.5) ? minute : day))],
      [8, 'crash', (device) => this.#crash(device)],
      [6, 'freeze', (device) => this.world.freeze(this.#random.pick(device.tabs))],
      [6, 'thaw', (device) => this.world.thaw(this.#random.pick(device.tabs))],
      [4, 'freeze in a refresh', (device) => this.#freezeInRefresh(device)],
      [4, 'clock jump', (device) => this.#jump(device)],
      [1, 'sign out', (device) => this.#signOut(device)],
      [1, 'theft', (device) => this.#steal(device)],
      [0.3, 'a fortnight passes', () => this.world.pass(14 * day)],
    ];
    let left = this.#random.next() * actions.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, name, action] of actions) {
      left -= weight;
      if (left < 0) return [name, action];
    }
    throw new Error('There is nothing to do.');
  }

  /** One that can run. */
  #tab(device: Device): Tab | undefined {
    const running = device.tabs.filter(({ isFrozen }) => !isFrozen);
    return running.length > 0 ? this.#random.pick(running) : undefined;
  }

  #openTabs(device: Device): void {
    while (device.tabs.length < 3) this.world.open(device);
  }

  /** Its answer is not waited for: other actions come in between. */
  async #call(device: Device): Promise<void> {
    const tab = this.#tab(device);
    if (device.stored) tab?.client.gym.list().catch(() => {});
    else if (tab) {
      const signIn = () => tab.client.auth.signInAdmin(root).then(() => this.#signedIn.add(device));
      await this.world.sent(tab, signIn);
    }
  }

  /** By hand. Without locks, a tab cannot know that another one is refreshing; twice within seconds is once too often. */
  #refresh(device: Device): void {
    if (!device.hasLocks && this.world.time - device.lastStoredAt < 10_000) return;
    this.#tab(device)
      ?.client.auth.refresh()
      .catch(() => {});
  }

  /** Its reply comes when the others have gone on. */
  async #freezeInRefresh(device: Device): Promise<void> {
    const tab = this.#tab(device);
    if (tab === undefined) return;
    await this.world.pass(10_000);
    tab.client.auth.refresh().catch(() => {});
    await this.world.pass(this.#random.below(500));
    this.world.freeze(tab);
    for (let hours = this.#random.below(4); hours > 0; hours--) {
      await this.world.pass(hour);
      await this.#call(device);
    }
    await this.world.pass(minute);
    await this.world.thaw(tab);
  }

  #signOut(device: Device): void {
    const tab = this.#tab(device);
    if (tab) this.#signedIn.delete(device);
    tab?.client.auth.signOut().catch(() => {});
  }

  #crash(device: Device): void {
    this.world.crash(this.#random.pick(device.tabs));
    this.#openTabs(device);
  }

  #jump(device: Device): void {
    device.offset = (this.#random.next() - 0.5) * 2 * this.#random.pick([minute, hour, day, 365 * day]);
  }

  /** Somebody copies the tokens, with or without their key; once both have used them, the session is over. */
  async #steal(device: Device): Promise<void> {
    const { world } = this;
    for (const tab of device.tabs) await world.thaw(tab);
    world.isNetworkBad = false;
    // After the pause that follows a failed refresh.
    await world.pass(2 * minute);
    const tokens = device.stored;
    const family = world.families.familyOf(tokens?.refreshToken ?? '');
    const owner = this.#tab(device);
    if (
      tokens &&
      family &&
      owner &&
      world.families.isRecoverable(tokens.refreshToken ?? '', tokens.refreshKey, world.time)
    ) {
      this.#stolen.add(family.id);
      const { refreshKey, ...keyless } = tokens;
      const isKeyCopied = this.#random.chance(0.5);
      const thief = world.device();
      thief.items.set('palestra.tokens', JSON.stringify(isKeyCopied ? tokens : keyless));
      const other = world.open(thief);
      // With the key both get the same successor; the second one to use that is found out.
      const uses = this.#random.chance(0.5) ? [owner, other, owner, other] : [other, owner, other, owner];
      for (const { client } of uses) await world.finish(client.auth.refresh());
      expect(family.end, `a token stolen ${isKeyCopied ? 'with' : 'without'} ${refreshKey}`).to.equal('reuse');
      world.devices.splice(world.devices.indexOf(thief), 1);
    }
    world.isNetworkBad = true;
  }

  #check(device: Device, after: string): void {
    const { families, time } = this.world;
    for (const { id, end } of families.all) {
      if (end === 'reuse' && !this.#stolen.has(id))
        throw new Error(`The server took a client for a thief, after: ${after}`);
    }
    const { refreshToken = '', refreshKey } = device.stored ?? {};
    const family = families.familyOf(device.lastRefreshToken);
    if (family === undefined) return;
    if (refreshToken === '') {
      // Not signed out by its user: the server has ended it.
      if (this.#signedIn.delete(device) && isAlive(family, time))
        throw new Error(`A session was forgotten, after: ${after}`);
    } else if (isAlive(family, time) && !families.isRecoverable(refreshToken, refreshKey, time)) {
      const { expiresAt = 0 } = family.tokens.get(refreshToken) ?? {};
      if (time < expiresAt) throw new Error(`A device holds a token that was used up, after: ${after}`);
    }
  }
}

const isAlive = ({ end, expiresAt }: Family, time: number) => end === undefined && time < expiresAt;

describe('sessions, by a model', function () {
  this.timeout(600_000);

  it('is the same at every run with the same seed', async () => {
    const run = async () => {
      const model = new Model(randomOf(seed));
      for (let step = 0; step < 300; step++) await model.step();
      return { time: model.world.time, families: model.world.families.all.length, counts: model.counts };
    };
    expect(await run()).to.deep.equal(await run());
  });

  it(`end by sign-out, theft or expiry and by nothing else, in ${steps} steps (seed ${seed})`, async () => {
    const model = new Model(randomOf(seed));
    for (let step = 0; step < steps; step++) await model.step();
    const { all } = model.world.families;
    expect([...new Set(all.map(({ end }) => end))]).to.include.members(['signed_out', 'reuse', 'expired']);
    expect(model.counts.crash).to.be.above(steps / 50);
  });
});
