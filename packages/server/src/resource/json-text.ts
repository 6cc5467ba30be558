/** What JSON escapes (RFC 8259, section 7), and surrogates, of which JSON.stringify escapes those that are alone. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const escaped = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** What `JSON.stringify` gives, in two thirds of its time for most texts, which have nothing to escape. */
export function jsonText(text: string): string {
  return escaped.test(text) ? JSON.stringify(text) : `"${text}"`;
}
