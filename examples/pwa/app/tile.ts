/** A gym's sign: its initials on a colour of its own, the same everywhere. */
import { h } from './dom.js';

export function tile(name: string): HTMLElement {
  const initials = name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .filter((letter) => /\p{L}/u.test(letter));
  const sign = h('span', { class: 'tile', 'aria-hidden': 'true' }, initials.slice(0, 2).join('').toUpperCase());
  sign.style.setProperty('--hue', String(hueOf(name)));
  return sign;
}

/** FNV-1a: names that differ in a letter have colours far apart. */
function hueOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % 360;
}
