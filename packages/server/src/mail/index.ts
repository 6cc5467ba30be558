/** Mail as a part of the host: sends messages by the app's mailer, by SMTP, or into the log of a development host. */
import type { Logger } from 'pino';
import { withTimeout } from '../async/with-timeout.js';
import { createCipher } from '../keys/cipher.js';
import type { HostPart } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { configSchema, configure, environment, type MailConfig } from './config.js';
import { createLogMailer } from './log.js';
import { createMailRequests } from './requests.js';
import { createSmtpMailer } from './smtp.js';
import { type Mailer, MailRefused, type MailService, mailRequested, mailService } from './types.js';

export interface MailTypes {
  operations: object;
  config: MailConfig;
  service: MailService;
}

const sendWithinMs = 20_000;

/** @param given the mailer of the embedding app, which then sends everything */
export function createMail(given: Mailer | undefined): HostPart<MailTypes> {
  return {
    name: 'mail',
    version,
    host: '^1.0.0',
    contract: { paths: {} },
    config: configSchema,
    environment,
    configure,
    provides: mailService,
    emits: [mailRequested],
    async setup({ config, events, host: { keys, inSpan, clock, log } }) {
      const cipher = createCipher(await keys.secrets('mail'));
      const mailer = given ?? configuredMailer(config, log);
      return {
        handlers: {},
        service: {
          ...createMailRequests(events, cipher, clock),
          delivers: mailer !== undefined && mailer.name !== 'log',
          async send(message) {
            if (!mailer) throw new MailRefused('No mailer is configured: set PALESTRA_SMTP_URL.');
            await inSpan({ name: 'mail.send', remote: true }, () =>
              withTimeout(sendWithinMs, () => mailer.send(message)),
            );
          },
        },
        stop: () => mailer?.close?.(),
      };
    },
  };
}

function configuredMailer({ smtpUrl, from, log: toLog }: MailConfig, log: Logger): Mailer | undefined {
  if (smtpUrl !== undefined && from !== undefined) return createSmtpMailer({ url: smtpUrl, from });
  return (toLog ?? process.env.NODE_ENV !== 'production') ? createLogMailer(log) : undefined;
}
