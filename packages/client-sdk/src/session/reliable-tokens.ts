/** A token store that may fail, made fit for a session. */
import { within } from '../call/limits.js';
import { localError } from '../errors/local-error.js';
import { isTokens, type TokenStore, type Tokens } from './tokens.js';

const limitMs = 10_000;
const origin = { operation: { id: 'tokens' } };
const nothing = {};

/**
 * A store whose tokens are those of one server, which answers within 10 s, and which holds in memory what it fails to
 * keep. `createClient` makes one of the store that it is given.
 */
export function reliableTokens(store: TokenStore): TokenStore {
  return {
    ...store,
    bind(server, clock) {
      let last: Tokens | undefined;
      /** While the store has this access token, it has not kept the last change, and `last` counts. */
      let outdated: unknown = nothing;

      const own = (tokens: unknown) => (isTokens(tokens) && (tokens.server ?? server) === server ? tokens : undefined);
      const current = (stored: Tokens | undefined) => {
        if (stored?.accessToken !== outdated) {
          outdated = nothing;
          last = stored;
        }
        return last;
      };
      const limited = <Result>(work: () => Promise<Result>) => within(origin, clock, limitMs, work);
      const failed = (cause: unknown) => localError('storage_failed', 'storage', origin, cause, { cause });

      return {
        ...store,
        async read() {
          try {
            return current(own(await limited(store.read)));
          } catch (cause) {
            if (last) return last;
            throw failed(cause);
          }
        },
        ...(store.peek && { peek: () => current(own(store.peek?.())) }),
        async update(change) {
          let found = outdated === nothing ? last?.accessToken : outdated;
          let next: readonly [tokens: Tokens | undefined] | undefined;
          const keep = async () =>
            store.update((stored) => {
              const mine = own(stored);
              next = [change(current(mine))];
              found = mine?.accessToken;
              // Another server's tokens are left alone, unless they are replaced.
              return next[0] ? { ...next[0], server } : mine ? undefined : stored;
            });
          const failure = await limited(keep).then(
            () => (next ? undefined : new Error('it has not changed anything')),
            (cause: unknown) => cause,
          );
          outdated = failure ? found : nothing;
          last = next ? next[0] : change(last);
          if (failure) throw failed(failure);
        },
        ...(store.watch && {
          watch: (listener) =>
            store.watch?.(({ before, after }) => listener({ before: own(before), after: own(after) })) ?? (() => {}),
        }),
      };
    },
  };
}
