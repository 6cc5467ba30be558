/** The mailer over SMTP (RFC 5321), by nodemailer. */
import type { Transporter } from 'nodemailer';
import { type Mailer, MailRefused } from './types.js';

export interface SmtpOptions {
  /** `smtp://user:password@host:587` (STARTTLS where the server has it) or `smtps://…:465`; see nodemailer's options. */
  readonly url: string;
  /** `Palestra <no-reply@club.example>` */
  readonly from: string;
}

const waitMs = 10_000;

export function createSmtpMailer({ url, from }: SmtpOptions): Mailer {
  const { protocol, hostname, username } = new URL(url);
  // A password does not go over a line that anybody can read, except to this machine.
  const requireTLS = protocol === 'smtp:' && username !== '' && !isLoopback(hostname);
  let transport: Promise<Transporter> | undefined;
  const open = async (): Promise<Transporter> => {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      url,
      requireTLS,
      connectionTimeout: waitMs,
      greetingTimeout: waitMs,
      socketTimeout: waitMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  };
  const domain = from.match(/@([A-Za-z0-9.-]+)/)?.[1] ?? 'localhost';
  return {
    name: 'smtp',
    async send({ to, subject, text, id }) {
      const messageId = `<${id}@${domain}>`;
      try {
        transport ??= open();
        await (await transport).sendMail({ from, to: { name: '', address: to }, subject, text, messageId });
      } catch (error) {
        throw isPermanent(error) ? new MailRefused('The mail server refused the message.', { cause: error }) : error;
      }
    },
    close: () => void transport?.then((opened) => opened.close()),
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
