/** Who is signed in, and the way out. */
import { client } from '../client.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { currentMember } from '../member.js';
import { go, type Screen, signInPath } from '../router.js';
import { tile } from '../tile.js';

const roles: Readonly<Record<string, string>> = {
  player: 'Member',
  coach: 'Coach',
  operator: 'Gym',
  admin: 'Administrator',
  system_admin: 'System administrator',
  dba: 'Database administrator',
};

export function openAccount(): Screen {
  const member = currentMember();
  if (!member) go(signInPath('/account'), { instead: true });
  const { username = '', role = '' } = member ?? {};
  return {
    title: username,
    mark: tile(username),
    content: [
      h('p', { class: 'muted' }, roles[role] ?? role),
      h('a', { class: 'button quiet wide', href: '/passes' }, icon('pass'), 'Your passes'),
      h('button', { type: 'button', class: 'button quiet wide', onclick: signOut }, 'Sign out'),
    ],
  };
}

/** Signed out here whether or not the server could be told. */
async function signOut(): Promise<void> {
  await client.auth.signOut().catch(() => undefined);
  go('/');
}
