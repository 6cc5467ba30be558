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

function hueOf(name: string): number {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 3600;
  return sum % 360;
}
