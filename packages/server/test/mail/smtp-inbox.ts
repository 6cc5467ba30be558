/** A real SMTP server on this machine (RFC 5321), with what was delivered to it, and faults on demand. */
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly to: readonly string[];
  readonly from: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

export interface SmtpInbox {
  /** With a user name and a password where the server asks for them. */
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  /** Signs in that were refused or taken. */
  readonly signIns: readonly string[];
  /** Answers the next messages by these codes instead of taking them: `450` may pass, `550` will not. */
  failNext(...codes: number[]): void;
  /** The next mail to this address that no earlier call has given. */
  next(to: string): Promise<ReceivedMail>;
  stop(): Promise<void>;
}

export interface InboxOptions {
  readonly user?: string;
  readonly password?: string;
}

export async function startSmtpInbox({ user, password }: InboxOptions = {}): Promise<SmtpInbox> {
  const mails: ReceivedMail[] = [];
  const given = new Set<ReceivedMail>();
  const signIns: string[] = [];
  const failures: number[] = [];
  const server = new SMTPServer({
    authOptional: user === undefined,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onAuth(auth, _session, done) {
      signIns.push(auth.username ?? '');
      const right = auth.username === user && auth.password === password;
      done(right ? null : new Error('wrong'), right ? { user: auth.username ?? '' } : undefined);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const code = failures.shift();
        if (code !== undefined) return done(Object.assign(new Error('not now'), { responseCode: code }));
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, ...parseMail(Buffer.concat(chunks).toString('utf8')) });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  const credentials = user === undefined ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password ?? '')}@`;
  return {
    url: `smtp://${credentials}127.0.0.1:${port}`,
    mails,
    signIns,
    failNext: (...codes) => void failures.push(...codes),
    async next(to) {
      for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(10)) {
        const mail = mails.find((each) => !given.has(each) && each.to.includes(to));
        if (!mail) continue;
        given.add(mail);
        return mail;
      }
      throw new Error(`No mail came for ${to}.`);
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The one-time code in a mail. */
export function codeIn({ text }: ReceivedMail): string {
  const [code] = /[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}/.exec(text) ?? [];
  if (code === undefined) throw new Error(`There is no code in ${text}`);
  return code;
}

function parseMail(raw: string): Omit<ReceivedMail, 'to'> {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const body = rest.join('\r\n\r\n');
  const quoted = headers.get('content-transfer-encoding') === 'quoted-printable';
  return { from: headers.get('from') ?? '', headers, text: quoted ? unquoted(body) : body };
}

/** RFC 2045 section 6.7, of ASCII. */
function unquoted(text: string): string {
  return text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
