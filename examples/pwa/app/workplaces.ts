/** The gyms at whose door this member works, as opened from their pages; the server decides what each may do. */
import { client } from './client.js';
import { recall, remember } from './memory.js';

const key = 'workplaces';

/** Ids, the one opened last at the front. */
export function workplaces(): readonly string[] {
  return recall<string[]>(key) ?? [];
}

export function rememberWorkplace(gym: string): void {
  remember(key, [gym, ...workplaces().filter((other) => other !== gym)]);
}

// They belong to the session.
client.auth.onChange((event) => {
  if (event === 'signed_out' || event === 'expired') remember(key, undefined);
});
