/** Failures in words that say what to do. */
import { type ErrorKind, isClientError } from '@palestra/client';
import { type Child, h } from './dom.js';

const sentences: Partial<Readonly<Record<ErrorKind, string>>> = {
  network: 'You are offline, or the server cannot be reached.',
  timeout: 'The server takes too long to answer.',
  auth: 'Your session is over. Sign in again.',
  rate_limited: 'Too many tries. Wait a minute, then try again.',
  server: 'The server has a problem. Try again in a while.',
  protocol: 'The answer does not come from the server of this app. Is there a sign-in page of the Wi-Fi?',
  untrusted: 'The server cannot be trusted with a password. Nothing was sent.',
  unsupported: 'This browser cannot encrypt. Open the app over HTTPS.',
};

const ofCode: Readonly<Record<string, string>> = {
  credentials_invalid: 'The user name or the password is wrong.',
};

/** The server's own sentence where it knows better than a general one. */
export function sentenceOf(error: unknown): string {
  if (error instanceof GeolocationPositionError) return 'Your location is not available. Type where you are instead.';
  if (!isClientError(error)) return 'Something went wrong in the app.';
  return ofCode[error.code] ?? sentences[error.kind] ?? `${error.message.replace(/\.$/, '')}.`;
}

export function isAborted(error: unknown): boolean {
  return isClientError(error) && error.kind === 'aborted';
}

export function isSignedOut(error: unknown): boolean {
  return isClientError(error) && error.kind === 'auth';
}

export function failurePanel(error: unknown, retry: () => void): Child {
  return h(
    'div',
    { class: 'panel bad', role: 'alert' },
    h('p', {}, sentenceOf(error)),
    h('button', { type: 'button', class: 'button quiet', onclick: retry }, 'Try again'),
  );
}
