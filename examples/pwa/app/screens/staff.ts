/** The people who work for a gym: for its owner, and for staff who manage it. */
import { isClientError, type StaffData, type StaffMember } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h, replace } from '../dom.js';
import { field, perform } from '../form.js';
import { gymName } from '../gym-names.js';
import { currentMember } from '../member.js';
import { go, reopen, type Screen, signInPath, type Visit } from '../router.js';
import { say, type Text } from '../words.js';

type Tasks = StaffData['may'];

/** What a gym gives its people, by the tasks that the server knows. */
const jobs: Readonly<Record<string, readonly [label: Text, may: Tasks]>> = {
  door: ['Lets members in', ['admit']],
  desk: ['Lets members in, sells and refunds', ['admit', 'sell']],
  manager: ['Manages the gym', ['admit', 'sell', 'manage']],
};

export async function openStaff({ params: { gym = '' }, signal }: Visit): Promise<Screen> {
  if (!currentMember()) go(signInPath(`/gyms/${gym}/staff`), { instead: true });
  const members = await client.staff.list(gym, { signal });
  return {
    title: say('Staff'),
    back: { href: `/door?gym=${gym}`, label: say('Door') },
    content: [
      h('p', { class: 'muted' }, await gymName(gym)),
      members.length === 0
        ? h('p', { class: 'panel' }, say('Nobody works here besides the owner.'))
        : h(
            'ul',
            { class: 'list', 'aria-label': say('Staff') },
            members.map((member) => h('li', {}, memberCard(gym, member))),
          ),
      addForm(gym),
    ],
  };
}

function memberCard(gym: string, { user, username, firstName, lastName, may }: StaffMember): Child {
  const name = [firstName, lastName].filter(Boolean).join(' ') || username || say('Account {id}', { id: user });
  const alert = h('p', { class: 'error', role: 'alert' });
  const button = h(
    'button',
    { type: 'button', class: 'button quiet', 'aria-label': say('Remove {name}', { name }) },
    say('Remove'),
  );
  button.addEventListener('click', () => {
    void perform({ button, alert }, async () => {
      await client.staff.remove(gym, user);
      reopen();
    });
  });
  return h('div', { class: 'card' }, h('span', { class: 'text' }, h('strong', {}, name), jobOf(may), alert), button);
}

function jobOf(may: Tasks): Child {
  const [label] =
    Object.values(jobs).find(([, tasks]) => tasks.every((task) => may.includes(task)) && tasks.length === may.length) ??
    [];
  return h('span', { class: 'small' }, label ? say(label) : may.join(', '));
}

function addForm(gym: string): Child {
  const username = field(say('User name'), { name: 'username', autocomplete: 'off', required: true, maxlength: 254 });
  const options = Object.entries(jobs).map(([value, [label]]) => h('option', { value }, say(label)));
  const job = h('select', { id: 'job', name: 'job' }, options);
  const alert = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { type: 'submit', class: 'button' }, say('Add'));
  function onsubmit(event: SubmitEvent): void {
    event.preventDefault();
    void perform({ button, alert, fields: [username] }, async () => {
      const [, may] = jobs[job.value] ?? ['', []];
      try {
        await client.staff.put(gym, { username: username.input.value.trim(), may: [...may] });
      } catch (error) {
        if (!isClientError(error) || error.kind !== 'invalid') throw error;
        return replace(alert, say('There is no account with this user name.'));
      }
      reopen();
    });
  }
  return h(
    'form',
    { class: 'card stack', onsubmit },
    username.element,
    h('div', { class: 'field' }, h('label', { for: 'job' }, say('Task')), job),
    alert,
    button,
  );
}
