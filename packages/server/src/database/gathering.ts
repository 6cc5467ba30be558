/** Gathers what is asked for in one turn of the event loop, what has the same key once, and sends it together. */

/** Sends what was gathered. */
export type Send<Key, Asked, Answer> = (asked: ReadonlyMap<Key, Asked>) => ReadonlyMap<Key, Promise<Answer>>;

export interface GatheringBounds {
  /** While so many batches have no answer, what is asked for is gathered until one of them has. */
  readonly mostUnderWay: number;
  /** Milliseconds that it waits for that at most: the batches may be slow, or their connections lost. */
  readonly longestWait: number;
}

interface Batch<Key, Asked, Answer> {
  readonly asked: Map<Key, Asked>;
  readonly answers: Promise<ReadonlyMap<Key, Promise<Answer>>>;
  send(): void;
  /** Set once its turn has ended and it waits for others. */
  timer: NodeJS.Timeout | undefined;
}

const unbounded: GatheringBounds = { mostUnderWay: Number.POSITIVE_INFINITY, longestWait: 0 };

/** Sends at the end of the turn, when all that came with it was read from its sockets. */
export function gathering<Key, Asked, Answer>(
  send: Send<Key, Asked, Answer>,
  { mostUnderWay, longestWait }: GatheringBounds = unbounded,
): (key: Key, asked: Asked) => Promise<Answer> {
  let gathered: Batch<Key, Asked, Answer> | undefined;
  let underWay = 0;

  function begin(): Batch<Key, Asked, Answer> {
    const asked = new Map<Key, Asked>();
    let start = () => {};
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const batch: Batch<Key, Asked, Answer> = {
      asked,
      answers: started.then(() => send(asked)),
      timer: undefined,
      send() {
        clearTimeout(batch.timer);
        gathered = undefined;
        underWay += 1;
        start();
        void settled(batch.answers).then(onSettled);
      },
    };
    setImmediate(() => {
      if (underWay < mostUnderWay) batch.send();
      else batch.timer = setTimeout(batch.send, longestWait);
    });
    return batch;
  }

  function onSettled(): void {
    underWay -= 1;
    if (gathered?.timer) gathered.send();
  }

  return async (key, asked) => {
    gathered ??= begin();
    gathered.asked.set(key, asked);
    return (await gathered.answers).get(key) as Promise<Answer>;
  };
}

/** Resolves once each has an answer or has failed. */
async function settled(answers: Promise<ReadonlyMap<unknown, Promise<unknown>>>): Promise<void> {
  try {
    await Promise.allSettled(new Set((await answers).values()));
  } catch {
    // Those who asked are told.
  }
}
