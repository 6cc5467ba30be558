/** For what must not take for ever and cannot be cancelled: its result in time, or an error. */

/** @throws Error `no end after <ms> ms`; what `action` does afterwards is nobody's concern any more */
export async function within<Result>(ms: number, action: () => Result | Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([(async () => action())(), late]);
  } finally {
    clearTimeout(timer);
  }
}
