/** Who is signed in: name, email, password, language, and the way out. */
import { isClientError, type User } from '@palestra/client';
import { client } from '../client.js';
import { type Child, h, replace } from '../dom.js';
import { isOffline, sentenceOf } from '../failure.js';
import { type Field, field, perform } from '../form.js';
import { icon } from '../icons.js';
import { announce } from '../live.js';
import { currentMember } from '../member.js';
import { go, type Screen, signInPath, type Visit } from '../router.js';
import { tile } from '../tile.js';
import { chooseLanguage, type Language, language, languages, say, type Text } from '../words.js';
import { sessionsCard } from './sessions.js';

const roles: Readonly<Record<string, Text>> = {
  player: 'Member',
  coach: 'Coach',
  operator: 'Gym',
  admin: 'Administrator',
  system_admin: 'System administrator',
  dba: 'Database administrator',
};

export async function openAccount({ signal }: Visit): Promise<Screen> {
  const member = currentMember();
  if (!member) go(signInPath('/account'), { instead: true });
  const { username = '', role = '' } = member ?? {};
  const text = roles[role];
  return {
    title: username,
    mark: tile(username),
    content: [
      h('p', { class: 'muted' }, text ? say(text) : role),
      h('a', { class: 'button quiet wide', href: '/passes' }, icon('pass'), say('Your passes')),
      member && (await profileForms(signal)),
      languageChoice(),
      h('button', { type: 'button', class: 'button quiet wide', onclick: signOut }, say('Sign out')),
    ],
  };
}

/** Without a connection the rest of the screen is there all the same. */
async function profileForms(signal: AbortSignal): Promise<Child> {
  try {
    const user = await client.profile.me({ signal });
    return [profileForm(user), passwordForm(), sessionsCard(signal)];
  } catch (error) {
    if (!isOffline(error)) throw error;
    return h('p', { class: 'panel' }, sentenceOf(error));
  }
}

function profileForm({ _id, firstName, lastName, email }: User): Child {
  const first = field(say('First name'), {
    name: 'firstName',
    autocomplete: 'given-name',
    maxlength: 100,
    value: firstName ?? '',
  });
  const last = field(say('Last name'), {
    name: 'lastName',
    autocomplete: 'family-name',
    maxlength: 100,
    value: lastName ?? '',
  });
  const mail = field(say('Email'), {
    name: 'email',
    type: 'email',
    autocomplete: 'email',
    maxlength: 254,
    value: email ?? '',
    hint: say('You can sign in with it too'),
  });
  return card('About you', 'Save', [first, last, mail], async ({ done }) => {
    await client.profile.update({
      _id,
      firstName: first.input.value.trim() || null,
      lastName: last.input.value.trim() || null,
      ...(mail.input.value.trim() !== (email ?? '') && { email: mail.input.value.trim() || null }),
    });
    done(say('Saved'));
  });
}

function passwordForm(): Child {
  const old = field(say('Old password'), {
    name: 'oldPassword',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
    maxlength: 128,
  });
  const fresh = field(say('New password'), {
    name: 'newPassword',
    type: 'password',
    autocomplete: 'new-password',
    required: true,
    minlength: 8,
    maxlength: 128,
    hint: say('Ends your sessions on every device, this one included'),
  });
  return card('Change the password', 'Change the password', [old, fresh], async ({ fail }) => {
    const change = { oldPassword: old.input.value, newPassword: fresh.input.value };
    try {
      await client.profile.changePassword(change);
    } catch (error) {
      if (isClientError(error) && error.code === 'credentials_invalid') return fail(say('The old password is wrong.'));
      throw error;
    }
    go(signInPath('/account?password=changed'), { instead: true });
  });
}

interface Outcome {
  done(text: string): void;
  fail(text: string): void;
}

function card(title: Text, label: Text, fields: readonly Field[], work: (outcome: Outcome) => Promise<void>): Child {
  const alert = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { type: 'submit', class: 'button' }, say(label));
  const done = (text: string) => {
    announce(text);
    replace(button, icon('check'), text);
    setTimeout(() => replace(button, say(label)), 2_000);
  };
  function onsubmit(event: SubmitEvent): void {
    event.preventDefault();
    void perform({ button, alert, fields }, () => work({ done, fail: (text) => replace(alert, text) }));
  }
  return h(
    'details',
    { class: 'card fold' },
    h('summary', {}, say(title)),
    h(
      'form',
      { class: 'stack', onsubmit },
      fields.map(({ element }) => element),
      alert,
      button,
    ),
  );
}

function languageChoice(): Child {
  const options = Object.entries(languages).map(([value, label]) =>
    h('option', { value, selected: value === language, lang: value }, label),
  );
  const select = h('select', { id: 'language', name: 'language' }, options);
  select.addEventListener('change', () => chooseLanguage(select.value as Language));
  return h('div', { class: 'field' }, h('label', { for: 'language' }, say('Language')), select);
}

/** Signed out here whether or not the server could be told. */
async function signOut(): Promise<void> {
  await client.auth.signOut().catch(() => undefined);
  go('/');
}
