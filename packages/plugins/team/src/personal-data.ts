/** What clubs know about people. A club, and the teams of a coach, go on without the name of who ran them. */
import type { PersonalData } from '@palestra/server/plugin';

export const personalData: readonly PersonalData[] = [
  { table: 'operator', account: 'user_id', onDelete: 'keep' },
  { table: 'coach', account: 'user_id', onDelete: 'keep' },
  { table: 'team_player', account: 'user_id', onDelete: 'delete' },
];
