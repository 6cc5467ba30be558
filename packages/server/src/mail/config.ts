/** What an integrator may configure of mail. */
import { type EnvironmentVariable, type Schema, SettingError } from '@palestra/core';

export interface MailConfig {
  readonly smtpUrl?: string;
  readonly from?: string;
  readonly log?: boolean;
}

export const configSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    smtpUrl: {
      type: 'string',
      pattern: '^smtps?://[^/\\s]+',
      writeOnly: true,
      description:
        'Mail server: `smtp://user:password@host:587` or `smtps://user:password@host:465`. Without it no mail is sent.',
    },
    from: {
      type: 'string',
      pattern: '^[^\\r\\n@]*@[^\\r\\n@]+$',
      maxLength: 320,
      description: 'Sender of every mail: `no-reply@club.example`, or `Iron Temple <no-reply@club.example>`.',
    },
    log: {
      type: 'boolean',
      description:
        'Without a mail server, write mails to the log, codes included; on unless `NODE_ENV` is `production`.',
    },
  },
};

export const environment: readonly EnvironmentVariable[] = [
  { name: 'PALESTRA_SMTP_URL', setting: '/smtpUrl' },
  { name: 'PALESTRA_MAIL_FROM', setting: '/from' },
  { name: 'PALESTRA_MAIL_LOG', setting: '/log' },
];

/** @throws SettingError */
export function configure(config: MailConfig): MailConfig {
  const { smtpUrl, from } = config;
  if (smtpUrl === undefined) return config;
  if (!URL.canParse(smtpUrl)) throw new SettingError('/smtpUrl', 'is not a URL');
  if (from === undefined) throw new SettingError('/from', 'is required with smtpUrl: mail needs a sender');
  return config;
}
