/** The other processes that serve the same port on this machine: what a worker tells them and asks of them. */
import { isMessage, numberVariable, type SupervisorMessage, type WorkerMessage } from './messages.js';

/** `revoked`: tokens or sessions were ended. `metrics`: asks for the text of `/metrics`. */
type Topic = 'revoked' | 'metrics';

export interface Siblings {
  /** This worker's number, from 1; the one that replaces it has the same. */
  readonly number: number;
  readonly count: number;
  /** Tells every other worker. */
  tell(topic: Topic): void;
  /** Calls `listener` when another one tells; it replaces the listener before it. */
  onTold(topic: Topic, listener: () => void): void;
  /** What this worker answers when the topic is gathered; it replaces the answer before it. */
  answer(topic: Topic, answer: () => Promise<string>): void;
  /**
   * The answers by number, this worker's included; 0 is the supervisor. A worker that does not answer within a second is
   * left out.
   */
  gather(topic: Topic): Promise<ReadonlyMap<number, string>>;
  /** Tells the supervisor that this worker accepts connections. */
  serving(url: string): void;
}

/** Undefined in a process that no supervisor started. */
export function siblingsOf(environment: Readonly<Record<string, string | undefined>>): Siblings | undefined {
  const [, number, count] = /^(\d+)\/(\d+)$/.exec(environment[numberVariable] ?? '') ?? [];
  if (number === undefined || !process.send) return undefined;
  return connect(Number(number), Number(count));
}

function connect(number: number, count: number): Siblings {
  const listeners = new Map<string, () => void>();
  const answers = new Map<string, () => Promise<string>>();
  const waiting = new Map<number, (texts: ReadonlyMap<number, string>) => void>();
  let asked = 0;
  // The supervisor may be gone; then this process is about to end.
  const send = (message: WorkerMessage) => process.send?.(message, undefined, {}, () => undefined);

  process.on('message', (message: unknown) => {
    if (!isMessage<SupervisorMessage>(message)) return;
    if (message.palestra === 'told') listeners.get(message.topic)?.();
    else if (message.palestra === 'gathered') {
      waiting.get(message.id)?.(new Map(message.texts));
      waiting.delete(message.id);
    } else {
      const { id, topic } = message;
      const answer = answers.get(topic);
      answer?.()
        .then((text) => send({ palestra: 'answer', id, text }))
        .catch(() => undefined);
    }
  });

  return {
    number,
    count,
    tell: (topic) => send({ palestra: 'tell', topic }),
    onTold: (topic, listener) => void listeners.set(topic, listener),
    answer: (topic, answer) => void answers.set(topic, answer),
    gather: (topic) =>
      new Promise((resolve) => {
        asked += 1;
        waiting.set(asked, resolve);
        send({ palestra: 'gather', id: asked, topic });
      }),
    serving: (url) => send({ palestra: 'serving', url }),
  };
}
