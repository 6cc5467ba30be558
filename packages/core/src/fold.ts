/**
 * Comparison keys for text. Databases disagree on case and Unicode (SQLite folds ASCII only, MariaDB's
 * collations merge emoji), so keys are made here and stored and compared byte by byte.
 */

/**
 * Key for a case-insensitive comparison, as Unicode's compatibility caseless match has it (D146): decomposed, so that
 * an iota subscript comes last of its letter; then full lower case of the upper case (ß = SS, ſ = s) of the lower case
 * (ẞ = ß). A sigma at the end of a word is one like any other, since a search text may end inside a word.
 */
export function fold(text: string): string {
  return text.normalize('NFKD').toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}
