/** A discrete-event simulation: processes are generators that yield what they wait for; the same seed gives the same run. */

/** Calls `resume` when its event has happened. */
export type Effect = (resume: (value?: unknown) => void) => void;
export type Process<Result = void> = Generator<Effect, Result, unknown>;

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class Simulation {
  /** Milliseconds since the beginning. */
  now = 0;
  readonly #events: Event[] = [];
  #order = 0;

  start(process: Process): void {
    const advance = (value?: unknown) => {
      const { done, value: effect } = process.next(value);
      if (!done) effect(advance);
    };
    advance();
  }

  at(time: number, run: () => void): void {
    push(this.#events, { at: Math.max(time, this.now), order: this.#order++, run });
  }

  wait(ms: number): Effect {
    return (resume) => this.at(this.now + ms, resume);
  }

  /** Until that time, or until nothing is left to happen. */
  run(until: number): void {
    for (let next = this.#events[0]; next && next.at <= until; next = this.#events[0]) {
      pop(this.#events);
      this.now = next.at;
      next.run();
    }
    this.now = until;
  }
}

/** So many at once, the others wait in line: processors, connections, or one holder of a row. */
export class Resource {
  #free: number;
  readonly #line: { resume: (value: boolean) => void; live: boolean }[] = [];
  #busySince = 0;
  #busy = 0;

  constructor(
    private readonly simulation: Simulation,
    readonly size: number,
  ) {
    this.#free = size;
  }

  /** Share of the time since the beginning that one of `size` was in use. */
  get utilization(): number {
    this.#account();
    return this.#busy / (this.simulation.now * this.size);
  }

  /** True when it is the caller's turn, false after `patienceMs` without a turn. */
  acquire(patienceMs: number = Number.POSITIVE_INFINITY): Effect {
    return (resume) => {
      if (this.#free > 0) {
        this.#take();
        resume(true);
        return;
      }
      const waiting = { resume, live: true };
      this.#line.push(waiting);
      if (!Number.isFinite(patienceMs)) return;
      this.simulation.at(this.simulation.now + patienceMs, () => {
        if (!waiting.live) return;
        waiting.live = false;
        resume(false);
      });
    };
  }

  release(): void {
    for (let next = this.#line.shift(); next; next = this.#line.shift()) {
      if (!next.live) continue;
      next.live = false;
      next.resume(true);
      return;
    }
    this.#account();
    this.#free += 1;
  }

  *use(ms: number): Process {
    yield this.acquire();
    yield this.simulation.wait(ms);
    this.release();
  }

  #take(): void {
    this.#account();
    this.#free -= 1;
  }

  #account(): void {
    this.#busy += (this.simulation.now - this.#busySince) * (this.size - this.#free);
    this.#busySince = this.simulation.now;
  }
}

/** Flushes a log: who comes while it flushes shares the next flush. */
export class GroupCommit {
  #flushing = false;
  #waiting: (() => void)[] = [];
  flushes = 0;

  constructor(
    private readonly simulation: Simulation,
    private readonly flushMs: number,
  ) {}

  commit(): Effect {
    return (resume) => {
      this.#waiting.push(resume);
      if (!this.#flushing) this.#flush();
    };
  }

  #flush(): void {
    this.#flushing = true;
    const group = this.#waiting;
    this.#waiting = [];
    this.flushes += 1;
    this.simulation.at(this.simulation.now + this.flushMs, () => {
      for (const resume of group) resume();
      this.#flushing = false;
      if (this.#waiting.length > 0) this.#flush();
    });
  }
}

/** Mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Event[], event: Event): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Event;
    if (!isBefore(event, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop() as Event;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
    if (!isBefore(heap[child] as Event, last)) break;
    heap[at] = heap[child] as Event;
    at = child;
  }
  heap[at] = last;
}
