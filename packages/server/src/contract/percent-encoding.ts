/** Percent-encoded text (RFC 3986 section 2.1), of which parsers put U+FFFD in place of what is not UTF-8. */
import { isUtf8 } from 'node:buffer';

const encodedByte = /%([\da-f]{2})/gi;
const encodedBeyondAscii = /%[89a-f][\da-f]/i;

/** Whether the bytes that are percent-encoded are UTF-8, together with the text around them. */
export function isPercentEncodedUtf8(text: string): boolean {
  if (!encodedBeyondAscii.test(text)) return true;
  const bytes = Buffer.from(text).toString('latin1');
  const decoded = bytes.replace(encodedByte, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return isUtf8(Buffer.from(decoded, 'latin1'));
}
