/** What a device polls: the games, whose revision is their ETag. */
import { db } from './database.js';

/** False for a token that was revoked. */
export async function isActive(jti: string): Promise<boolean> {
  return (await db('device').where({ jti, revoked: 0 }).first('id')) !== undefined;
}

export async function gamesEtag(): Promise<string> {
  const state = await db('games_state').first('revision');
  return `"r${state.revision}"`;
}

export async function listGames(): Promise<object[]> {
  const rows = await db('game').select({ game_id: 'id' }, 'name', 'config').orderBy('id');
  return rows.map(({ config, ...row }) => ({ ...row, config: JSON.parse(config) }));
}
