/** What an integrator may configure of recovery: the texts of its mails. */
import type { Schema } from '@palestra/core';

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

/** `{code}` and `{email}` stand for what a mail is about. */
export interface RecoveryConfig {
  readonly recovery: MailText;
  readonly verification: MailText;
  readonly emailChanged: MailText;
}

const mail = (description: string, subject: string, text: string): Schema => ({
  type: 'object',
  additionalProperties: false,
  default: {},
  description,
  properties: {
    subject: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[^\\r\\n]+$', default: subject },
    text: { type: 'string', minLength: 1, maxLength: 10_000, default: text },
  },
});

const ignore = 'If you did not ask for this, ignore this mail: nothing has changed.';

export const configSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    recovery: mail(
      'For a forgotten password. `{code}` is the code; a link of your app may hold it.',
      'Your code for a new password',
      `Your code for a new password is\n\n    {code}\n\nIt is good once, for 30 minutes. ${ignore}\n`,
    ),
    verification: mail(
      "Confirms that `{email}` is its reader's.",
      'Confirm your email address',
      `Your code to confirm {email} is\n\n    {code}\n\nIt is good once, for 30 minutes. ${ignore}\n`,
    ),
    emailChanged: mail(
      'For the address that an account had until now.',
      'Your email address was changed',
      'Your account no longer uses {email}. If you did not change this, write to your club at once.\n',
    ),
  },
};
