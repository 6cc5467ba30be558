/** Carries what workers tell and ask each other: each has a channel to the supervisor alone. */
import type { Worker } from 'node:cluster';
import { isMessage, type SupervisorMessage, type WorkerMessage } from './messages.js';

/** Milliseconds that an answer is waited for. */
const answerMs = 1_000;

interface Line {
  readonly worker: Worker;
  serving: boolean;
}

interface Gathering {
  readonly texts: Map<number, string>;
  readonly missing: Set<number>;
  readonly end: () => void;
}

export class Switchboard {
  readonly #lines = new Map<number, Line>();
  readonly #gatherings = new Map<number, Gathering>();
  /** The supervisor's own answer. */
  readonly #own: () => string;
  #gathered = 0;

  constructor(own: () => string) {
    this.#own = own;
  }

  /** How many accept connections. */
  get serving(): number {
    return [...this.#lines.values()].filter(({ serving }) => serving).length;
  }

  connect(number: number, worker: Worker, onServing: (url: string) => void): void {
    const line = { worker, serving: false };
    this.#lines.set(number, line);
    worker.on('message', (message: unknown) => {
      if (!isMessage<WorkerMessage>(message)) return;
      if (message.palestra === 'serving') {
        line.serving = true;
        onServing(message.url);
      } else if (message.palestra === 'tell') this.#tell(number, message.topic);
      else if (message.palestra === 'gather') this.#gather(line, message.id, message.topic);
      else this.#take(number, message.id, message.text);
    });
  }

  /** Whether it had served. */
  disconnect(number: number): boolean {
    const line = this.#lines.get(number);
    this.#lines.delete(number);
    for (const gathering of this.#gatherings.values()) {
      gathering.missing.delete(number);
      if (gathering.missing.size === 0) gathering.end();
    }
    return line?.serving ?? false;
  }

  #tell(from: number, topic: string): void {
    for (const [number, line] of this.#lines) {
      if (number !== from) send(line, { palestra: 'told', topic });
    }
  }

  #gather(asker: Line, askedAs: number, topic: string): void {
    this.#gathered += 1;
    const id = this.#gathered;
    const asked = [...this.#lines].filter(([, { serving }]) => serving);
    const texts = new Map([[0, this.#own()]]);
    const end = () => {
      clearTimeout(timer);
      this.#gatherings.delete(id);
      send(asker, { palestra: 'gathered', id: askedAs, texts: [...texts].sort(([a], [b]) => a - b) });
    };
    const timer = setTimeout(end, answerMs);
    this.#gatherings.set(id, { texts, missing: new Set(asked.map(([number]) => number)), end });
    for (const [, line] of asked) send(line, { palestra: 'ask', id, topic });
  }

  #take(number: number, id: number, text: string): void {
    const gathering = this.#gatherings.get(id);
    if (!gathering?.missing.delete(number)) return;
    gathering.texts.set(number, text);
    if (gathering.missing.size === 0) gathering.end();
  }
}

/** One that has just ended is not told. */
function send({ worker }: Line, message: SupervisorMessage): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}
