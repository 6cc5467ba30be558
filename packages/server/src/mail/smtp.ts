/** The mailer over SMTP (RFC 5321), by nodemailer. */
import { createRequire } from 'node:module';
import { type Mailer, MailRefused } from './types.js';

export interface SmtpOptions {
  /** `smtp://user:password@host:587` (STARTTLS where the server has it) or `smtps://…:465`; see nodemailer's options. */
  readonly url: string;
  /** `Palestra <no-reply@club.example>` */
  readonly from: string;
}

const waitMs = 10_000;

const require = createRequire(import.meta.url);

export function createSmtpMailer({ url, from }: SmtpOptions): Mailer {
  const { protocol, hostname, username } = new URL(url);
  // A password does not go over a line that anybody can read, except to this machine.
  const requireTLS = protocol === 'smtp:' && username !== '' && !isLoopback(hostname);
  // At the start of a host that sends mail: where no file can be opened at the first mail, Node would remember what it
  // could not find until the process ends.
  const { createTransport }: typeof import('nodemailer') = require('nodemailer');
  const transport = createTransport({
    url,
    requireTLS,
    connectionTimeout: waitMs,
    greetingTimeout: waitMs,
    socketTimeout: waitMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.match(/@([A-Za-z0-9.-]+)/)?.[1] ?? 'localhost';
  return {
    name: 'smtp',
    async send({ to, subject, text, id }) {
      const messageId = `<${id}@${domain}>`;
      try {
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text, messageId });
      } catch (error) {
        throw isPermanent(error) ? new MailRefused('The mail server refused the message.', { cause: error }) : error;
      }
    },
    close: () => transport.close(),
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** RFC 5321 section 4.2.1: 5yz, but for refused credentials, which an operator corrects. */
function isPermanent(error: unknown): boolean {
  const { responseCode, code } = error as { readonly responseCode?: unknown; readonly code?: unknown };
  return typeof responseCode === 'number' && responseCode >= 500 && code !== 'EAUTH';
}
