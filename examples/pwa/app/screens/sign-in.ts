/** Sign in, or register: the client SDK seals user name and password for the server before they leave the page. */
import { client } from '../client.js';
import { type Child, h } from '../dom.js';
import { field, perform } from '../form.js';
import { icon } from '../icons.js';
import { meetMember } from '../member.js';
import { go, type Screen, type Visit } from '../router.js';
import { say, type Text } from '../words.js';

interface Doorway {
  readonly title: string;
  readonly act: (credentials: { username: string; password: string }) => Promise<unknown>;
  readonly passwordHint?: string;
  readonly autocomplete: 'current-password' | 'new-password';
  readonly other: { readonly question: string; readonly path: string; readonly label: string };
}

const signIn: Doorway = {
  title: say('Sign in'),
  act: (credentials) => client.auth.signIn(credentials),
  autocomplete: 'current-password',
  other: { question: say('New here?'), path: '/register', label: say('Create an account') },
};

const register: Doorway = {
  title: say('Create an account'),
  act: (credentials) => client.auth.register(credentials),
  passwordHint: say('At least 8 characters; a few words are a good one'),
  autocomplete: 'new-password',
  other: { question: say('A member already?'), path: '/sign-in', label: say('Sign in') },
};

export const openSignIn = (visit: Visit): Screen => screenOf(signIn, visit);
export const openRegister = (visit: Visit): Screen => screenOf(register, visit);

function screenOf(doorway: Doorway, { query, signal }: Visit): Screen {
  const next = query.get('next') ?? '/';
  const { title, other } = doorway;
  const href = `${other.path}?next=${encodeURIComponent(next)}`;
  return {
    title,
    content: [
      reasonFor(next),
      credentialsForm(doorway, next.startsWith('/') && !next.startsWith('//') ? next : '/', signal),
      h('p', { class: 'center' }, `${other.question} `, h('a', { href }, other.label)),
    ],
  };
}

/** Why somebody who followed a link is asked to sign in. */
const reasons: readonly (readonly [path: RegExp, reason: Text])[] = [
  [/^\/passes/, 'Sign in to see your passes.'],
  [/^\/door/, 'Sign in to let members in.'],
  [/\/buy\//, 'Sign in to buy.'],
  [/^\/account\?password=changed/, 'Your password is changed. Sign in with the new one.'],
  [/^\/account/, 'Sign in to see your account.'],
];

function reasonFor(next: string): Child {
  const reason = reasons.find(([path]) => path.test(next))?.[1];
  return reason && h('p', { class: 'panel' }, say(reason));
}

function credentialsForm(
  { title, act, passwordHint: hint, autocomplete }: Doorway,
  next: string,
  signal: AbortSignal,
): Child {
  const alert = h('p', { class: 'error', role: 'alert' });
  const username = field(say('User name'), {
    name: 'username',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
    maxlength: 254,
  });
  const reveal = h('button', { type: 'button', class: 'button quiet', 'aria-pressed': 'false' }, say('Show'));
  const password = field(
    say('Password'),
    {
      name: 'password',
      type: 'password',
      autocomplete,
      required: true,
      minlength: hint === undefined ? undefined : 8,
      maxlength: 128,
      ...(hint !== undefined && { hint }),
    },
    reveal,
  );
  reveal.setAttribute('aria-label', say('Show the password'));
  reveal.addEventListener('click', () => {
    const shown = password.input.type === 'text';
    password.input.type = shown ? 'password' : 'text';
    reveal.setAttribute('aria-pressed', String(!shown));
    reveal.textContent = say(shown ? 'Show' : 'Hide');
  });
  const submit = h('button', { class: 'button wide', type: 'submit' }, title);

  function onsubmit(event: SubmitEvent): void {
    event.preventDefault();
    void perform({ button: submit, alert, fields: [username, password] }, async () => {
      await act({ username: username.input.value, password: password.input.value });
      await meetMember();
      // Unless they have gone elsewhere meanwhile.
      if (!signal.aborted) go(next, { instead: true });
    });
  }

  const promise = h('p', { class: 'hint lock' }, icon('lock'), say('Encrypted on this device before it is sent'));
  return h('form', { class: 'stack', onsubmit }, username.element, password.element, alert, submit, promise);
}
