/** A list that grows as it scrolls: the button at its end presses itself when it comes near. */
import type { List } from '@palestra/client';
import { type Child, h, replace } from './dom.js';
import { isAborted, sentenceOf } from './failure.js';
import { announce } from './live.js';
import { say, type Text } from './words.js';

export interface GrowingList<Item> {
  readonly label: string;
  /** Announced: `{count} gyms shown`. */
  readonly shown: Text;
  /** From behind the item `after`, `pageSize` of them a request. */
  load(after: string | undefined, pageSize: number): List<Item>;
  show(item: Item): Child;
  /** Instead of a list without items. */
  readonly empty: Child;
  /** Instead of the failure, if the first page cannot be loaded. */
  instead?(error: unknown): Child;
  readonly signal: AbortSignal;
}

const pageSize = 20;
/** How far below the screen the end of the list may be when the next page is fetched. */
const lead = '300px';

export function growingList<Item extends { readonly _id: string }>(options: GrowingList<Item>): HTMLElement {
  const { label, shown, load, show, empty, instead, signal } = options;
  const list = h('ul', { class: 'list', 'aria-label': label });
  const failure = h('p', { class: 'error', role: 'alert' });
  const more = h('button', { type: 'button', class: 'button quiet wide', onclick: grow, hidden: true });
  const frame = h('div', { class: 'growing', 'aria-busy': 'true' }, list, skeleton(), failure, more);
  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) void grow();
    },
    { rootMargin: lead },
  );
  let pages: AsyncIterator<Item[]> | undefined;
  let last: string | undefined;
  let busy = false;

  async function grow(): Promise<void> {
    if (busy || signal.aborted) return;
    busy = true;
    frame.setAttribute('aria-busy', 'true');
    observer.unobserve(more);
    try {
      pages ??= load(last, pageSize).pages()[Symbol.asyncIterator]();
      const { value = [] } = await pages.next();
      if (!signal.aborted) add(value);
    } catch (error) {
      if (!isAborted(error)) stumble(error);
    } finally {
      busy = false;
      frame.setAttribute('aria-busy', 'false');
    }
  }

  function add(page: readonly Item[]): void {
    replace(failure);
    offerMore('Show more');
    list.append(...page.map((item) => h('li', {}, show(item))));
    last = page.at(-1)?._id ?? last;
    const count = list.childElementCount;
    if (count === 0) replace(frame, empty);
    else announce(say(shown, { count }));
    // A short page is the last one. Observed again, the button tells whether it is still in sight.
    if (page.length < pageSize) more.remove();
    else observer.observe(more);
  }

  function offerMore(text: Text): void {
    frame.querySelector('.skeleton')?.remove();
    more.hidden = false;
    more.textContent = say(text);
  }

  /** The pages end with the error; the next press begins behind what is shown. */
  function stumble(error: unknown): void {
    pages = undefined;
    const other = last === undefined ? instead?.(error) : undefined;
    if (other) {
      replace(frame, other);
      return;
    }
    replace(failure, sentenceOf(error));
    offerMore('Try again');
  }

  signal.addEventListener('abort', () => observer.disconnect());
  void grow();
  return frame;
}

/** The shape of what is to come. */
function skeleton(): HTMLElement {
  const cards = Array.from({ length: 5 }, () => h('span', { class: 'card' }));
  return h('div', { class: 'skeleton', role: 'img', 'aria-label': say('Loading …') }, cards);
}
