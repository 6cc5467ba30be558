/** What the club had before Palestra: members in its own table, a session cookie, a page, an error handler. */
import { scryptSync, timingSafeEqual } from 'node:crypto';
import Router from '@koa/router';
import type { Knex } from 'knex';
import type { Context, Middleware } from 'koa';

export interface Member {
  readonly id: number;
  readonly name: string;
  readonly password_hash: string;
  readonly is_trainer: number;
}

export async function createMembers(knex: Knex): Promise<void> {
  if (await knex.schema.hasTable('member')) return;
  await knex.schema.createTable('member', (table) => {
    table.increments('id');
    table.string('name').notNullable().unique();
    table.string('password_hash').notNullable();
    table.boolean('is_trainer').notNullable().defaultTo(false);
  });
}

export async function addMember(knex: Knex, name: string, password: string, isTrainer: boolean): Promise<void> {
  await knex('member').insert({ name, password_hash: hash(name, password), is_trainer: isTrainer });
}

export function createClubRoutes(knex: Knex): Middleware {
  const router = new Router();
  router.get('/', (ctx) => {
    ctx.body = 'Welcome to the club';
  });
  router.post('/login', async (ctx) => {
    const { name, password } = bodyOf(ctx as unknown as Context);
    const member: Member | undefined = await knex('member').where({ name }).first();
    if (!member || !matches(member, password)) return ctx.throw(401, 'Wrong name or password');
    sessionOf(ctx as unknown as Context).member = member.id;
    ctx.body = { welcome: member.name };
  });
  router.get('/broken', () => {
    throw new Error('a fault of the club itself');
  });
  return router.routes() as unknown as Middleware;
}

/** Undefined for a visitor. */
export async function memberOf(knex: Knex, ctx: Context): Promise<Member | undefined> {
  const { member } = sessionOf(ctx);
  return member === undefined ? undefined : knex('member').where({ id: member }).first();
}

/** The club's way to say that something failed; Palestra's answers never come here. */
export const clubErrors: Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    const { status = 500, expose = false, message } = error as { status?: number; expose?: boolean; message: string };
    ctx.status = status;
    ctx.body = { oops: expose ? message : 'Something is broken at the club' };
  }
};

function bodyOf(ctx: Context): { name: string; password: string } {
  const { name, password } = (ctx.request as { body?: Record<string, unknown> }).body ?? {};
  if (typeof name !== 'string' || typeof password !== 'string') return ctx.throw(400, 'Send name and password');
  return { name, password };
}

function sessionOf(ctx: Context): { member?: number } {
  return (ctx as unknown as { session: { member?: number } }).session;
}

function hash(name: string, password: string): string {
  return scryptSync(password, `club:${name}`, 32).toString('base64');
}

function matches(member: Member, password: string): boolean {
  return timingSafeEqual(Buffer.from(hash(member.name, password)), Buffer.from(member.password_hash));
}
