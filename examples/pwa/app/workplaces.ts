/** The gyms at whose door this member works: those that the server names, and those opened from their pages. */
import type { Workplace } from '@palestra/client';
import { client } from './client.js';
import { recall, remember } from './memory.js';

const key = 'workplaces';

/** Ids, the one opened last at the front. */
export function workplaces(): readonly string[] {
  return recall<string[]>(key) ?? [];
}

/** Those where this member lets people in. Others that were opened stay remembered, since an admin works at any gym. */
export async function learnWorkplaces(options: { readonly signal?: AbortSignal } = {}): Promise<Workplace[]> {
  const places = (await client.staff.workplaces(options)).filter(({ may }) => may.includes('admit'));
  remember(key, [...new Set([...workplaces(), ...places.map(({ gym }) => gym)])]);
  return places;
}

export function rememberWorkplace(gym: string): void {
  remember(key, [gym, ...workplaces().filter((other) => other !== gym)]);
}

// They belong to the session.
client.auth.onChange((event) => {
  if (event === 'signed_out' || event === 'expired') remember(key, undefined);
});
