/** Who is signed in, as far as the screens must know before the server has answered. */
import { client } from './client.js';
import { recall, remember } from './memory.js';
import { learnWorkplaces, workplaces } from './workplaces.js';

export interface Member {
  readonly _id: string;
  readonly username: string;
  readonly role: string;
}

const key = 'member';
const doorkeepers: ReadonlySet<string> = new Set(['operator', 'admin', 'system_admin', 'dba']);
const listeners = new Set<() => void>();

export function currentMember(): Member | undefined {
  return recall<Member>(key);
}

/** Whether a gym may be theirs, or they work at one; the server decides each visit all the same. */
export function keepsDoor(member: Member | undefined): boolean {
  return member !== undefined && (doorkeepers.has(member.role) || workplaces().length > 0);
}

export function onMemberChange(listener: () => void): void {
  listeners.add(listener);
}

/** After a sign-in. */
export async function meetMember(): Promise<void> {
  const { _id, username, role } = await client.profile.me();
  // Without them the door is still reached from a gym's page.
  await learnWorkplaces().catch(() => undefined);
  setMember({ _id, username, role });
}

function setMember(member: Member | undefined): void {
  remember(key, member);
  for (const listener of listeners) listener();
}

client.auth.onChange((event) => {
  if (event === 'signed_out' || event === 'expired') setMember(undefined);
});

// Another tab signed in or out: one session, so this one too.
addEventListener('storage', (event) => {
  if (event.key === key || event.key === null) for (const listener of listeners) listener();
});
