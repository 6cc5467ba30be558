/** Requests for mail, kept as events until they are done. They name people, so they are encrypted in the database. */
import type { Clock } from '@palestra/core';
import type { Cipher } from '../keys/cipher.js';
import type { EventEmitter } from '../plugin/events.js';
import { type MailRequest, type MailService, mailRequested } from './types.js';

/** Later, the code would come too late, or its reader has asked again. */
const mattersMs = 30 * 60_000;

export function createMailRequests(
  events: EventEmitter,
  cipher: Cipher,
  clock: Clock,
): Pick<MailService, 'request' | 'read'> {
  return {
    request: (unit, request) =>
      events.emit(unit, mailRequested, { sealed: cipher.seal(JSON.stringify(request), mailRequested.name) }),
    read({ occurredAt, data }) {
      if (occurredAt < clock.now() - mattersMs) return undefined;
      const text = cipher.open(data.sealed, mailRequested.name);
      return text === undefined ? undefined : (JSON.parse(text) as MailRequest);
    },
  };
}
