/** Names that people sign in with: two that look alike are one name, on every database. */
import { fold } from '../fold.js';

export interface AccountName {
  /** As it is shown: NFKC, trimmed. */
  readonly display: string;
  /** As it is compared, byte by byte. */
  readonly key: string;
}

/**
 * Controls, formats (zero-width, direction marks), private use, unassigned, lone surrogates; the blank Braille pattern,
 * and the replacement characters for an object and for a character that could not be decoded.
 */
const unfit = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800\ufffc\ufffd]/u;
/** Any separator but single spaces inside: after NFKC the look-alikes of a space are spaces. */
const spacing = /(?! )[\p{Z}\s]| {2}/u;

/** NFKC makes one character up to eighteen; what is stored stays within the contract's length. */
const longest = 254;

/** Undefined for a name with characters that cannot be seen or told apart, or with a colon (HTTP Basic has no way to send one). */
export function parseAccountName(text: string): AccountName | undefined {
  if (unfit.test(text)) return undefined;
  const display = text.normalize('NFKC').trim();
  if (display === '' || display.length > longest || display.includes(':')) return undefined;
  if (unfit.test(display) || spacing.test(display)) return undefined;
  return { display, key: fold(display) };
}
