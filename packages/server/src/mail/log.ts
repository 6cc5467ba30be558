/** The mailer for development: messages, with their codes, are shown in the log instead of being sent. */
import type { Logger } from 'pino';
import type { Mailer } from './types.js';

export function createLogMailer(log: Pick<Logger, 'info'>): Mailer {
  return {
    name: 'log',
    async send({ to, subject, text }) {
      log.info({ mail: { to, subject, text } }, `Mail to ${to}, which no mailer is configured to send: ${subject}`);
    },
  };
}
