/** Players of an older system. Its clubs saw the emails of their players, and so these clubs still do. */
import { type Importer, parseId } from '@palestra/core';
import type { TeamStore } from '../store.js';

export function playerImporter({ players }: TeamStore): Importer {
  const id = { $ref: '#/components/schemas/ClubId' };
  return {
    collection: 'players',
    table: 'team_player',
    hasId: false,
    references: { team_id: 'team', user_id: 'account' },
    schema: {
      type: 'object',
      required: ['team_id', 'user_id'],
      properties: { team_id: id, user_id: id },
      additionalProperties: false,
    },
    async prepare({ fields }) {
      const [team, userId] = [parseId(fields.team_id) ?? 0, parseId(fields.user_id) ?? 0];
      return (_, unit) => players.add(team, { userId, emailKnown: true }, unit);
    },
  };
}
