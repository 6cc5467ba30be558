/** The SQL of the table `refresh_token`; nothing else in the server writes it. */
import type { RefreshTokenRow } from '@palestra/core/auth';
import type { Database, Statement } from '../database/types.js';

const columns: Readonly<Record<keyof RefreshTokenRow, string>> = {
  hash: 'hash',
  accountId: 'account_id',
  family: 'family',
  generation: 'generation',
  parent: 'parent',
  issuedAt: 'issued_at',
  usedAt: 'used_at',
  revokedAt: 'revoked_at',
  expiresAt: 'expires_at',
  familyExpiresAt: 'family_expires_at',
};

export interface RefreshTokenStatements {
  readonly insert: Statement;
  readonly byHash: Statement<RefreshTokenRow>;
  /** Through the family's index: at most one token is of a generation. */
  readonly byGeneration: Statement<RefreshTokenRow>;
  readonly use: Statement;
  readonly revokeFamily: Statement;
  readonly revokeAll: Statement;
  readonly purge: Statement;
}

export function createRefreshTokenStatements(database: Database): RefreshTokenStatements {
  return {
    insert: database.statement((knex, parameter) => knex('refresh_token').insert(parameter.each(columns))),
    byHash: database.statement<RefreshTokenRow>((knex, parameter) =>
      knex('refresh_token')
        .select(columns)
        .where(parameter.each(['hash'])),
    ),
    byGeneration: database.statement<RefreshTokenRow>((knex, parameter) =>
      knex('refresh_token')
        .select(columns)
        .where(parameter.each(['family', 'generation'])),
    ),
    use: database.statement((knex, parameter) =>
      knex('refresh_token')
        .where({ hash: parameter('hash'), used_at: null, revoked_at: null })
        .where('expires_at', '>', parameter('now'))
        .whereExists(
          knex('session').select(knex.raw('1')).where({ ended_at: null }).whereRaw('session.id = refresh_token.family'),
        )
        .update({ used_at: parameter('now') }),
    ),
    revokeFamily: database.statement((knex, parameter) =>
      knex('refresh_token')
        .where({ family: parameter('family'), revoked_at: null })
        .update({ revoked_at: parameter('now') }),
    ),
    revokeAll: database.statement((knex, parameter) =>
      knex('refresh_token')
        .where({ account_id: parameter('account_id'), revoked_at: null })
        .update({ revoked_at: parameter('now') }),
    ),
    purge: database.statement((knex, parameter) =>
      knex('refresh_token').where('family_expires_at', '<', parameter('before')).delete(),
    ),
  };
}
