/** Instances, their connections, and a database with processors, a log to flush, and rows that one transaction holds at a time. */
import { GroupCommit, type Process, Resource, randomFrom, Simulation } from './engine.js';
import type { Figures } from './figures.js';
import { type HotRow, type OperationName, operations, type Step, type Transaction } from './operations.js';

export interface Machines {
  readonly instances: number;
  readonly databaseCores: number;
  /** From an instance to its database and back, beside what the database works. */
  readonly roundTripMs: number;
  /** Of the database's log to its disk. */
  readonly flushMs: number;
  /** Nodes of a cluster that instances write to; 1 is one server, or a cluster with one writer. */
  readonly writers?: number;
  /** What a commit waits for the other nodes; 0 without a cluster. */
  readonly groupMs?: number;
  /** Chains of the audit that each instance writes; 10 by default, as many as its connections. */
  readonly chains?: number;
}

export interface Load {
  /** Calls a second, at random times. */
  readonly rates: Partial<Readonly<Record<OperationName, number>>>;
  /** How many different ones are bought and used. */
  readonly merchandise?: number;
  readonly passes?: number;
  readonly seconds: number;
  readonly seed: number;
}

export interface Outcome {
  /** Answered a second, of those that arrived behind the first fifth. */
  readonly answered: number;
  readonly failedShare: number;
  readonly p50: number;
  readonly p99: number;
  readonly retriesPerCall: number;
  /** Shares of the time that each was in use. */
  readonly busy: Readonly<Record<'server' | 'connections' | 'database' | 'audit' | 'merchandise', number>>;
}

const poolSize = 10;
const lockWaitMs = 5_000;
const acquireMs = 5_000;
/** As the server's unit of work tries again. */
const retries = { tries: 5, totalMs: 3_000, minMs: 10, maxMs: 500 } as const;

interface Instance {
  readonly index: number;
  readonly processor: Resource;
  readonly connections: Resource;
  readonly node: Node;
  nextChain: number;
}

interface Node {
  readonly processors: Resource;
  readonly log: GroupCommit;
  readonly rows: Map<string, Resource>;
}

/** What the nodes agree on: how often a row was written, by whom last, and when. */
interface Version {
  count: number;
  node: Node;
  at: number;
}

interface CallState {
  readonly instance: Instance;
  readonly rows: Readonly<Record<HotRow, string>>;
  readonly statementMs: number;
  retried: number;
}

class Failed extends Error {}
class Conflict extends Error {}

export function simulate(figures: Figures, machines: Machines, load: Load): Outcome {
  return new Model(figures, machines, load).run();
}

class Model {
  readonly #simulation = new Simulation();
  readonly #random: () => number;
  readonly #nodes: Node[];
  readonly #instances: Instance[];
  readonly #versions = new Map<string, Version>();
  readonly #latencies: number[] = [];
  #counted = 0;
  #failed = 0;
  #retried = 0;
  #calls = 0;

  constructor(
    private readonly figures: Figures,
    private readonly machines: Machines,
    private readonly load: Load,
  ) {
    this.#random = randomFrom(load.seed);
    const { instances, databaseCores, flushMs, writers = 1 } = machines;
    this.#nodes = Array.from({ length: writers }, () => ({
      processors: new Resource(this.#simulation, databaseCores),
      log: new GroupCommit(this.#simulation, flushMs),
      rows: new Map(),
    }));
    this.#instances = Array.from({ length: instances }, (_, index) => ({
      index,
      processor: new Resource(this.#simulation, 1),
      connections: new Resource(this.#simulation, poolSize),
      node: this.#nodes[index % writers] as Node,
      nextChain: 0,
    }));
  }

  run(): Outcome {
    for (const [name, rate = 0] of Object.entries(this.load.rates)) this.#arrive(name as OperationName, rate);
    this.#simulation.run(this.load.seconds * 1000);
    return this.#outcome();
  }

  /** At random times, as calls of people who do not know each other do. */
  #arrive(name: OperationName, rate: number): void {
    if (rate === 0) return;
    const next = () => {
      this.#simulation.start(this.#call(name));
      this.#simulation.at(this.#simulation.now + (-Math.log(1 - this.#random()) / rate) * 1000, next);
    };
    this.#simulation.at((-Math.log(1 - this.#random()) / rate) * 1000, next);
  }

  *#call(name: OperationName): Process {
    const began = this.#simulation.now;
    const { serverUs, databaseUs } = this.figures.operations[name];
    const steps: readonly Step[] = operations[name];
    const instance = this.#pick(this.#instances);
    const state = this.#stateOf(instance, databaseUs / 1000 / statementsOf(steps));
    let failed = false;
    yield* instance.processor.use(serverUs / 2000);
    try {
      for (const step of steps) yield* this.#step(step, state);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      failed = true;
    }
    yield* instance.processor.use(serverUs / 2000);
    this.#count(began, failed, state);
  }

  #stateOf(instance: Instance, statementMs: number): CallState {
    const { merchandise = 1_000_000, passes = 1_000_000 } = this.load;
    const { chains = poolSize } = this.machines;
    instance.nextChain = (instance.nextChain + 1) % chains;
    return {
      instance,
      statementMs,
      retried: 0,
      rows: {
        merchandise: `merchandise ${Math.floor(this.#random() * merchandise)}`,
        pass: `pass ${Math.floor(this.#random() * passes)}`,
        audit: `audit ${instance.index} ${instance.nextChain}`,
      },
    };
  }

  *#step(step: Step, state: CallState): Process {
    if ('statements' in step) return yield* this.#unitOfWork(step, state);
    const { connections, node } = state.instance;
    const count = 'reads' in step ? step.reads : 1;
    for (let at = 0; at < count; at++) {
      yield* this.#connect(connections);
      yield* this.#statement(state);
      if ('write' in step) yield* this.#commit(node);
      connections.release();
    }
  }

  /** The whole transaction again after a conflict, as often as the server tries. */
  *#unitOfWork(transaction: Transaction, state: CallState): Process {
    const deadline = this.#simulation.now + retries.totalMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return yield* this.#transact(transaction, state);
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        const most = Math.min(retries.maxMs, retries.minMs * 3 ** attempt);
        const pause = retries.minMs + this.#random() * (most - retries.minMs);
        if (attempt === retries.tries || this.#simulation.now + pause > deadline) throw new Failed();
        state.retried += 1;
        yield this.#simulation.wait(pause);
      }
    }
  }

  *#transact({ statements }: Transaction, state: CallState): Process {
    const { connections, node } = state.instance;
    const held: { key: string; seen: number }[] = [];
    yield* this.#connect(connections);
    try {
      yield* this.#statement({ ...state, statementMs: 0 });
      for (const row of statements) {
        yield* this.#statement(state);
        if (row !== null) held.push(yield* this.#lock(state.rows[row], node));
      }
      yield this.#simulation.wait(this.machines.roundTripMs);
      yield* this.#commit(node);
      this.#certify(held, node);
    } finally {
      for (const { key } of held) node.rows.get(key)?.release();
      connections.release();
    }
  }

  *#connect(connections: Resource): Process {
    if (!(yield connections.acquire(acquireMs))) throw new Failed();
  }

  *#statement({ instance, statementMs }: CallState): Process {
    yield this.#simulation.wait(this.machines.roundTripMs);
    if (statementMs > 0) yield* instance.node.processors.use(statementMs);
  }

  /** How often the row was written, as far as this node knows when it locks it. */
  *#lock(key: string, node: Node): Process<{ key: string; seen: number }> {
    const row = node.rows.get(key) ?? new Resource(this.#simulation, 1);
    node.rows.set(key, row);
    if (!(yield row.acquire(lockWaitMs))) throw new Failed();
    const version = this.#versions.get(key);
    const { groupMs = 0 } = this.machines;
    const known = !version || version.node === node || version.at + groupMs <= this.#simulation.now;
    return { key, seen: version ? version.count - (known ? 0 : 1) : 0 };
  }

  /** In the database, behind the statement or the COMMIT that asks for it. */
  *#commit(node: Node): Process {
    if (this.machines.groupMs) yield this.#simulation.wait(this.machines.groupMs);
    yield node.log.commit();
  }

  /** The first of two nodes that change a row at once wins; the other one begins again. */
  #certify(held: readonly { key: string; seen: number }[], node: Node): void {
    if (this.#nodes.length === 1) return;
    if (held.some(({ key, seen }) => (this.#versions.get(key)?.count ?? 0) !== seen)) throw new Conflict();
    for (const { key, seen } of held) this.#versions.set(key, { count: seen + 1, node, at: this.#simulation.now });
  }

  /** The first fifth of the time fills the queues. */
  #count(began: number, failed: boolean, { retried }: CallState): void {
    if (began < this.load.seconds * 200) return;
    this.#calls += 1;
    this.#retried += retried;
    if (failed) {
      this.#failed += 1;
      return;
    }
    this.#counted += 1;
    this.#latencies.push(this.#simulation.now - began);
  }

  #outcome(): Outcome {
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.POSITIVE_INFINITY;
    const rows = this.#nodes.flatMap((node) => [...node.rows]);
    const hottest = (prefix: string) =>
      Math.max(0, ...rows.filter(([key]) => key.startsWith(prefix)).map(([, row]) => row.utilization));
    const mean = (shares: readonly number[]) => shares.reduce((sum, share) => sum + share, 0) / shares.length;
    return {
      answered: this.#counted / (this.load.seconds * 0.8),
      failedShare: this.#calls === 0 ? 0 : this.#failed / this.#calls,
      p50: quantile(0.5),
      p99: quantile(0.99),
      retriesPerCall: this.#calls === 0 ? 0 : this.#retried / this.#calls,
      busy: {
        server: mean(this.#instances.map(({ processor }) => processor.utilization)),
        connections: mean(this.#instances.map(({ connections }) => connections.utilization)),
        database: Math.max(...this.#nodes.map(({ processors }) => processors.utilization)),
        audit: hottest('audit'),
        merchandise: hottest('merchandise'),
      },
    };
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item;
  }
}

/** Those that the database works for; the beginning and the end of a transaction are not among them. */
function statementsOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => {
    if ('statements' in step) return sum + step.statements.length;
    return sum + ('reads' in step ? step.reads : 1);
  }, 0);
}
