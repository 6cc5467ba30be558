/**
 * Comparison keys for text. Databases disagree on case and Unicode (SQLite folds ASCII only, MariaDB's
 * collations merge emoji), so keys are made here and stored and compared byte by byte.
 */

/**
 * Key for a case-insensitive comparison: NFKC, then full lower case of the upper case (ß = SS, ſ = s). A sigma at the
 * end of a word is one like any other, since the end of a search text is no end of a word.
 */
export function fold(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}
