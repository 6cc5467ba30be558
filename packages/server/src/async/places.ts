/** So many pieces of work at once, the others in the order of their coming. */

export type Places = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function createPlaces(count: number): Places {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    // A place that falls free goes to the next in line.
    if (free > 0) free -= 1;
    else await new Promise<void>((admit) => waiting.push(admit));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
