/** The bar at the top: sign in with a user name and a password, see who is signed in, sign out. */
import { isClientError } from '@palestra/client';
import type { Session } from './session.js';

export async function showSignIn(bar: HTMLElement, session: Session): Promise<void> {
  const claims = await session.claims();
  bar.replaceChildren(...(claims ? signedIn(claims, session) : [form(session)]));
}

function signedIn({ user, scope }: { readonly user: string; readonly scope: string }, session: Session): Node[] {
  const who = document.createElement('span');
  who.textContent = `Signed in as ${user} (${scope})`;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Sign out';
  button.addEventListener('click', () => void session.signOut().catch(() => undefined));
  return [who, button];
}

function form(session: Session): HTMLFormElement {
  const element = document.createElement('form');
  const username = field('User name or email', 'text', 'username');
  const password = field('Password', 'password', 'current-password');
  const button = document.createElement('button');
  button.textContent = 'Sign in';
  const message = document.createElement('output');
  message.setAttribute('role', 'alert');
  element.append(username.label, password.label, button, message);
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    message.textContent = '';
    try {
      await session.signIn(username.input.value, password.input.value);
    } catch (error) {
      message.textContent = isClientError(error) ? error.message : 'The page failed. Reload it.';
      button.disabled = false;
    }
  });
  return element;
}

function field(
  title: string,
  type: string,
  autocomplete: AutoFill,
): { label: HTMLLabelElement; input: HTMLInputElement } {
  const label = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { type, required: true });
  input.autocomplete = autocomplete;
  label.append(`${title} `, input);
  return { label, input };
}
