/** Failures in words that say what to do. */
import { type ClientError, type ErrorKind, isClientError, type ServerCode } from '@palestra/client';
import { type Child, h } from './dom.js';
import { say, sentence, type Text } from './words.js';

/** Where the code says no more than the kind. */
const ofKind: Readonly<Partial<Record<ErrorKind, Text>>> = {
  network: 'You are offline, or the server cannot be reached.',
  timeout: 'The server takes too long to answer.',
  auth: 'Your session is over. Sign in again.',
  permission: 'You may not do that.',
  not_found: 'This is not there any more.',
  invalid: 'Please check what you entered.',
  payment: 'The payment was declined. Nothing was charged.',
  rate_limited: 'Too many tries. Wait a minute, then try again.',
  server: 'The server has a problem. Try again in a while.',
  protocol: 'The answer does not come from the server of this app. Is there a sign-in page of the Wi-Fi?',
  untrusted: 'The server cannot be trusted with a password. Nothing was sent.',
  unsupported: 'This browser cannot encrypt. Open the app over HTTPS.',
  storage: 'This browser cannot keep your session. Free some space, or allow storage.',
  unexpected: 'Something went wrong in the app.',
};

const ofCode: Readonly<Partial<Record<ServerCode, Text>>> = {
  credentials_invalid: 'The user name or the password is wrong.',
  duplicate_resource_creation: 'This name is taken. Choose another one.',
  email_unverified: 'Verify your email address before you buy.',
  outcome_unknown: 'It is unknown whether that was done. Look before you try again.',
  payment_declined: 'The payment was declined. Nothing was charged.',
  plugin_unavailable: 'This part of the server is out of order. Try again later.',
  qr_invalid: 'This is not the code of a pass.',
  invalid_operation: 'The app and the server do not fit. Reload the page.',
  method_not_allowed: 'The app and the server do not fit. Reload the page.',
  unsupported_media_type: 'The app and the server do not fit. Reload the page.',
};

const weak = 'The password must have 8 to 128 characters, and not be a common one.';
const passwordFault = { taken: weak, wrong: weak } as const;

/** By the field that the server names, and whether its value is taken or not accepted. */
const ofField: Readonly<Record<string, { readonly taken: Text; readonly wrong: Text }>> = {
  username: {
    taken: 'This user name is taken. Choose another one.',
    wrong: 'This cannot be a user name: use visible characters without a colon.',
  },
  email: { taken: 'This email address belongs to another account.', wrong: 'This is not an email address.' },
  password: passwordFault,
  newPassword: passwordFault,
};

export function sentenceOf(error: unknown): string {
  if (error instanceof GeolocationPositionError) {
    return say('Your location is not available. Type where you are instead.');
  }
  if (!isClientError(error)) return say('Something went wrong in the app.');
  const field = fieldOf(error);
  if (field && error.code === 'duplicate_resource_creation') return say(field.taken);
  if (field && error.kind === 'invalid') return say(field.wrong);
  const text = Object.entries(ofCode).find(([code]) => code === error.code)?.[1];
  if (text) return say(text);
  // What a conflict is about, the server says best: sold out, used up, paid already.
  if (error.kind === 'conflict') return conflictOf(error);
  return say(ofKind[error.kind] ?? 'The server has a problem. Try again in a while.');
}

/** The first field that the server names. */
function fieldOf({ errors }: ClientError): { readonly taken: Text; readonly wrong: Text } | undefined {
  return errors.map(({ pointer }) => ofField[pointer.split('/').at(-1) ?? '']).find((field) => field !== undefined);
}

function conflictOf({ message }: ClientError): string {
  const text = message.replace(/\.$/, '');
  return text === '' ? say('This is not possible in this state. Look again.') : `${sentence(text)}.`;
}

export function isAborted(error: unknown): boolean {
  return isClientError(error) && error.kind === 'aborted';
}

export function isSignedOut(error: unknown): boolean {
  return isClientError(error) && error.kind === 'auth';
}

export function isOffline(error: unknown): boolean {
  return isClientError(error) && (error.kind === 'network' || error.kind === 'timeout');
}

export function failurePanel(error: unknown, retry: () => void): Child {
  return h(
    'div',
    { class: 'panel bad', role: 'alert' },
    h('p', {}, sentenceOf(error)),
    h('button', { type: 'button', class: 'button quiet', onclick: retry }, say('Try again')),
  );
}
