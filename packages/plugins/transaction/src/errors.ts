/** What can go wrong with a transaction beside the host's catalogue. */
import { catalogue, type ErrorFact, formatId, PalestraError, resourceNotFound } from '@palestra/core';

export const errors: {
  readonly paymentDeclined: ErrorFact;
  readonly emailUnverified: ErrorFact;
  readonly qrInvalid: ErrorFact;
  readonly notificationInvalid: ErrorFact;
} = {
  paymentDeclined: {
    code: 'payment_declined',
    status: 402,
    exceptionType: 'PaymentDeclinedError',
    title: 'The payment was declined',
  },
  emailUnverified: {
    code: 'email_unverified',
    status: 403,
    exceptionType: 'UnverifiedEmailError',
    title: 'The email is not verified',
  },
  qrInvalid: {
    code: 'qr_invalid',
    status: 403,
    exceptionType: 'InvalidQrError',
    title: 'The QR code is not valid',
  },
  notificationInvalid: {
    code: 'notification_invalid',
    status: 401,
    exceptionType: 'InvalidNotificationError',
    title: 'The notification is not from the payment provider',
  },
};

export function emailUnverified(): PalestraError {
  const remedy = 'Send POST /api/profile/email/send, and the code from the mail to POST /api/profile/email/verify.';
  return new PalestraError(errors.emailUnverified, `Buying takes a verified email. ${remedy}`);
}

export function paymentDeclined(): PalestraError {
  return new PalestraError(errors.paymentDeclined, 'The payment was declined');
}

export function qrInvalid(): PalestraError {
  return new PalestraError(errors.qrInvalid, 'The QR code is not valid');
}

/** One answer, whatever is wrong with it; the reason goes into the log. */
export function notificationInvalid(reason: string): PalestraError {
  return new PalestraError(errors.notificationInvalid, 'The notification is not from the payment provider', {
    cause: new Error(reason),
  });
}

/** For another account's record too: the answer does not reveal whether it exists. */
export function recordNotFound(id: number): PalestraError {
  return resourceNotFound('TransactionRecord', formatId(id));
}

export function conflict(message: string): PalestraError {
  return new PalestraError(catalogue.conflict, message);
}
