/** What sends mail: an interface small enough to be written in ten lines for any mail service. */
import { type DomainEvent, type EventRef, eventRef, type ServiceRef, serviceRef, type Unit } from '@palestra/core';

export interface MailMessage {
  /** One address, as it is: no name, no list. */
  readonly to: string;
  readonly subject: string;
  /** Plain text; lines end with `\n`. */
  readonly text: string;
  /** The same at every try to send it, for a service that recognises what it has sent already: 1 to 64 of `[A-Za-z0-9-]`. */
  readonly id: string;
}

export interface Mailer {
  /** For the log. */
  readonly name: string;
  /**
   * Resolves when the mail system has taken the message. Given up after 20 seconds.
   * @throws MailRefused if it never will; any other error has it tried again later
   */
  send(message: MailMessage): Promise<void>;
  /** When the host stops. */
  close?(): Promise<void> | void;
}

/** The mail system refused the message for good, such as one for an address that does not exist. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** A mail that is to be written and sent after the transaction that asks for it. */
export type MailRequest =
  /** A code for a new password, if an account has this email. */
  | { readonly kind: 'recovery'; readonly email: string }
  /** A code that confirms the email of an account, or the one that is to replace it. */
  | { readonly kind: 'verification'; readonly accountId: number }
  /** Tells the address that an account had that it has another one. */
  | { readonly kind: 'email changed'; readonly to: string };

export interface MailService {
  /** Whether messages reach people; false for the log, and where there is no mailer. */
  readonly delivers: boolean;
  /** Commits with `unit`: then `mailRequested` is told to its subscriber, again until that has succeeded. */
  request(unit: Unit, request: MailRequest): Promise<void>;
  /** What that event asks for; undefined once it is too old to matter. */
  read(event: DomainEvent<SealedRequest>): MailRequest | undefined;
  /** @throws MailRefused, or an error that may pass */
  send(message: MailMessage): Promise<void>;
}

/** A `MailRequest`, encrypted: it names a person. */
export interface SealedRequest {
  readonly sealed: string;
}

export const mailRequested: EventRef<SealedRequest> = eventRef('mail.requested');

export const mailService: ServiceRef<MailService> = serviceRef('mail');
