/** What the author of a plugin writes: all of it compiles, and each line below `@ts-expect-error` does not. */
import { type Need, need, type ServiceRef, serviceRef, want } from '@palestra/core';
import type { Plugin, PluginScope } from '@palestra/server/plugin';

/** As openapi-typescript writes it. */
interface operations {
  ring: {
    parameters: { query?: { loud?: boolean }; header?: never; path: { bell: string }; cookie?: never };
    requestBody: { content: { 'application/json': { times: number } } };
    responses: {
      200: { headers: object; content: { 'application/json': { success: true; data: { rung: number } } } };
      404: { headers: object; content: { 'application/json': { success: false } } };
    };
  };
  hush: {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    requestBody?: never;
    responses: { 204: { headers: object; content?: never } };
  };
}

interface Tower {
  height(): number;
}
interface Bells {
  count(): Promise<number>;
}

const towers: ServiceRef<Tower> = serviceRef('test.towers');
const bells: ServiceRef<Bells> = serviceRef('test.bells');

interface Types {
  operations: operations;
  config: { readonly loudest: number };
  needs: { tower: Tower; spare: Tower | undefined };
  service: Bells;
}

const shape = { version: '1.0.0', host: '^1.0.0', contract: { paths: {} } } as const;
const requires = { tower: need(towers), spare: want(towers) };

export const bellPlugin: Plugin<Types> = {
  ...shape,
  name: 'bell',
  requires,
  provides: bells,
  setup({ config, services, host: { log, clock } }) {
    const height: number = services.tower.height() + (services.spare?.height() ?? 0);
    // @ts-expect-error an optional service may not be there
    services.spare.height();
    // @ts-expect-error nothing of this name is required
    services.other;
    // @ts-expect-error the configuration is what was declared
    const quietest: number = config.quietest;
    log.info({ height, quietest, now: clock.now() }, 'set up');
    return {
      service: { count: async () => config.loudest },
      handlers: {
        async ring({ params, query, body }, call) {
          const times: number = body.times;
          const bell: string = params.bell;
          const loud: boolean | undefined = query.loud;
          // @ts-expect-error the body has no such field
          body.volume;
          // @ts-expect-error a path parameter is a text
          const wrong: number = params.bell;
          return { rung: times + bell.length + (loud ? 1 : 0) + wrong + call.requestId.length };
        },
        async hush() {
          return undefined;
        },
      },
    };
  },
};

export const wrongAnswer: Plugin<{ operations: operations }> = {
  ...shape,
  name: 'wrong-answer',
  setup: () => ({
    handlers: {
      // @ts-expect-error the contract wants a number
      ring: async () => ({ rung: 'often' }),
      hush: async () => undefined,
    },
  }),
};

export const missingHandler: Plugin<{ operations: operations }> = {
  ...shape,
  name: 'missing-handler',
  // @ts-expect-error `hush` has no handler
  setup: () => ({ handlers: { ring: async () => ({ rung: 1 }) } }),
};

export const missingNeed: Plugin<{ operations: object; needs: { tower: Tower } }> = {
  ...shape,
  name: 'missing-need',
  // @ts-expect-error `tower` is named by the types and not required
  requires: {},
  setup: () => ({ handlers: {} }),
};

export const wrongService: Plugin<{ operations: object; service: Bells }> = {
  ...shape,
  name: 'wrong-service',
  // @ts-expect-error this is the name of another service
  provides: towers,
  setup: () => ({ handlers: {}, service: { count: async () => 1 } }),
};

// @ts-expect-error the service of a required plugin is never undefined
export const neverMissing: Need<Tower> = want(towers);

export function readsConfig({ config }: PluginScope<{ operations: object }>): void {
  // @ts-expect-error a plugin without configuration has none
  const loudest: number = config.loudest.valueOf;
  void loudest;
}
