/** What gyms know about people: who owns one, and who works there. */
import type { PersonalData } from '@palestra/server/plugin';

export const personalData: readonly PersonalData[] = [
  { table: 'gym', account: 'owner_id', onDelete: 'forget' },
  { table: 'gym_staff', account: 'user_id', onDelete: 'delete' },
];
