/** Names that look like others' are not given to new accounts: mixed scripts (UTS 39) and names of authority. */
import { type AccountName, parseAccountName } from './account-name.js';

/** Recommended scripts (UAX 31, table 5), those that are written together as one (UTS 39, section 5.1). */
const scripts: readonly (readonly string[])[] = [
  ...['Latin', 'Greek', 'Cyrillic', 'Arabic', 'Armenian', 'Bengali', 'Devanagari', 'Ethiopic', 'Georgian', 'Gujarati'],
  ...['Gurmukhi', 'Hebrew', 'Kannada', 'Khmer', 'Lao', 'Malayalam', 'Myanmar', 'Oriya', 'Sinhala', 'Tamil', 'Telugu'],
  ...['Thaana', 'Thai', 'Tibetan'],
]
  .map((script): readonly string[] => [script])
  .concat([
    ['Han', 'Hiragana', 'Katakana'],
    ['Han', 'Hangul'],
    ['Han', 'Bopomofo'],
  ]);

const ofOneScript: readonly RegExp[] = scripts.map((together) => {
  const classes = ['Common', 'Inherited', ...together].map((script) => `\\p{Script_Extensions=${script}}`);
  return new RegExp(`^[${classes.join('')}]*$`, 'u');
});
const ofKnownScript = new RegExp(
  `[${[...new Set(scripts.flat())].map((each) => `\\p{Script=${each}}`).join('')}]`,
  'u',
);

/** Whose bearer others would take for the people who run the server. */
const reserved: ReadonlySet<string> = new Set(
  [
    ...['abuse', 'admin', 'administrator', 'anonymous', 'dba', 'guest', 'help', 'helpdesk', 'hostmaster', 'info'],
    ...['moderator', 'null', 'operator', 'owner', 'palestra', 'postmaster', 'root', 'security', 'service', 'staff'],
    ...['superuser', 'support', 'sysadmin', 'system', 'undefined', 'webmaster'],
  ].flatMap((name) => parseAccountName(name)?.key ?? []),
);

/** What keeps a new account from having this name; undefined if nothing does. */
export function nameProblem({ display, key }: AccountName): string | undefined {
  if (reserved.has(key)) return 'is reserved for the people who run this server; choose another one';
  if (hasMixedScripts(display))
    return 'mixes letters of several scripts, which can look like another name; use one script';
  return undefined;
}

/** Names in scripts that are not recommended are judged only where such a script is mixed with a recommended one. */
function hasMixedScripts(text: string): boolean {
  return ofKnownScript.test(text) && !ofOneScript.some((script) => script.test(text));
}
