/** The club's app with Palestra inside: its members are Palestra's callers, its database holds Palestra's tables. */
import { gym } from '@palestra/plugin-gym';
import { createPalestra, type Palestra, type PalestraOptions } from '@palestra/server';
import type { Knex } from 'knex';
import Koa from 'koa';
import { koaBody } from 'koa-body';
import session from 'koa-session';
import { clubErrors, createClubRoutes, createMembers, memberOf } from './club.js';

export interface ClubOptions {
  readonly knex: Knex;
  /** Signs the session cookie. */
  readonly cookieKey: string;
  /** Where Palestra keeps its keys. */
  readonly dataDir: string;
  readonly log?: PalestraOptions['log'];
}

export interface ClubApp {
  readonly app: Koa;
  readonly palestra: Palestra;
}

export async function createClubApp({ knex, cookieKey, dataDir, log }: ClubOptions): Promise<ClubApp> {
  await createMembers(knex);
  const palestra = createPalestra({
    plugins: [gym],
    prefix: '/backend',
    database: { knex },
    dataDir,
    ...(log && { log }),
    identify: async (ctx) => {
      const member = await memberOf(knex, ctx);
      if (!member) return undefined;
      return { subject: `member ${member.id}`, username: member.name, role: member.is_trainer ? 'coach' : 'player' };
    },
  });
  await palestra.start();

  const app = new Koa({ proxy: true, maxIpsCount: 1 });
  app.keys = [cookieKey];
  app.use(clubErrors);
  app.use(session({ sameSite: 'lax' }, app));
  app.use(koaBody());
  app.use(palestra.middleware());
  app.use(createClubRoutes(knex));
  return { app, palestra };
}
