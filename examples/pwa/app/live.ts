/** Says aloud, to those who listen to the page, what others see happen. */
import { byId } from './dom.js';

export function announce(text: string): void {
  byId('live').textContent = text;
}
