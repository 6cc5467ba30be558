/** Rejects when an action does not settle within a time limit. */

/** The action did not settle in time. It may still do so later; its result is then ignored. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** @throws TimeoutError after `ms` milliseconds, made by `timeout` where the caller has a better message */
export async function withTimeout<Result>(
  ms: number,
  action: () => Result | Promise<Result>,
  timeout: () => Error = () => new TimeoutError(`No result after ${ms} ms.`),
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timeout()), ms);
  });
  try {
    return await Promise.race([(async () => action())(), late]);
  } finally {
    clearTimeout(timer);
  }
}
