/** Logs and traces are kept longer than requests, and read by more people. */

/** Messages and paths may repeat the email that the caller sent. */
export function withoutEmails(text: string): string {
  return text.replaceAll(/[^\s<>/"']{1,64}(?:@|%40)[^\s<>/"']{1,255}/gi, '[email]');
}
