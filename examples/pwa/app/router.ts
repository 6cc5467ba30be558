/** Screens by address: one at a time, each told by its signal when it is left. */
import { byId, type Child, h, replace } from './dom.js';
import { failurePanel, isAborted, isSignedOut } from './failure.js';
import { icon } from './icons.js';
import { announce } from './live.js';
import { say } from './words.js';

export interface Visit {
  /** The part of the path that the pattern calls `:name`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Aborted when another screen opens. */
  readonly signal: AbortSignal;
}

export interface Screen {
  /** The heading, and the title of the window. */
  readonly title: string;
  /** Above the heading: the way back. */
  readonly back?: { readonly href: string; readonly label: string };
  /** Beside the heading. */
  readonly mark?: Child;
  readonly content: Child;
  /** In two columns where there is room. */
  readonly wide?: boolean;
  /** Left as it is when another screen opens, for the way back: a list keeps its length and its place. */
  readonly keeps?: boolean;
}

export type Opener = (visit: Visit) => Screen | Promise<Screen>;

export type Routes = Readonly<Record<string, Opener>>;

/** What is on the screen, or about to be. */
interface Shown {
  /** Of the entry in the browser's history. */
  readonly key: string;
  readonly left: AbortController;
  keeps: boolean;
}

interface Kept {
  readonly shown: Shown;
  readonly title: string;
  readonly wide: boolean;
  readonly nodes: readonly Node[];
  readonly top: number;
  readonly focus: Element | null;
}

/** Slower than this, the wait is shown. */
const noticeableMs = 150;
const keptAtMost = 5;

const kept = new Map<string, Kept>();
let routes: Routes = {};
let current: Shown = { key: '', left: new AbortController(), keeps: false };

export function startRouter(table: Routes): void {
  routes = table;
  history.scrollRestoration = 'manual';
  addEventListener('popstate', () => void open());
  document.addEventListener('click', followLink);
  void open({ moveFocus: false });
}

export function go(path: string, { instead = false } = {}): void {
  const state = { key: crypto.randomUUID() };
  if (instead) history.replaceState(state, '', path);
  else history.pushState(state, '', path);
  void open();
}

/** The same screen, from the beginning. */
export function reopen(): void {
  current.keeps = false;
  void open();
}

/** Plain clicks on links of the app; those with a key held down are the browser's. */
function followLink(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.origin !== location.origin || link.hash !== '') return;
  event.preventDefault();
  go(link.pathname + link.search);
}

async function open({ moveFocus = true } = {}): Promise<void> {
  const main = byId('main');
  leave(current, main);
  const key: string = history.state?.key ?? '';
  const before = kept.get(key);
  if (before) return comeBack(before, main);
  const shown = { key, left: new AbortController(), keeps: false };
  current = shown;
  const { signal } = shown.left;
  const waiting = setTimeout(() => main.setAttribute('aria-busy', 'true'), noticeableMs);
  signal.addEventListener('abort', () => clearTimeout(waiting));
  const screen = await screenAt(location.pathname, signal);
  clearTimeout(waiting);
  if (signal.aborted || !screen) return;
  shown.keeps = screen.keeps ?? false;
  show(screen, main, moveFocus);
}

function show({ title, back, mark, content, wide = false }: Screen, main: HTMLElement, moveFocus: boolean): void {
  const heading = h('h1', { tabindex: -1 }, title);
  const way = back && h('a', { class: 'back', href: back.href }, icon('back'), back.label);
  replace(main, way, h('div', { class: 'heading' }, mark, heading), content);
  settle(main, `${title} · Palestra`, wide);
  if (!moveFocus) return;
  scrollTo(0, 0);
  heading.focus({ preventScroll: true });
  announce('');
}

function settle(main: HTMLElement, title: string, wide: boolean): void {
  document.body.classList.toggle('wide', wide);
  main.removeAttribute('aria-busy');
  document.title = title;
  document.dispatchEvent(new Event('screen'));
}

function leave(shown: Shown, main: HTMLElement): void {
  kept.delete(shown.key);
  if (!shown.keeps) {
    shown.left.abort();
    return;
  }
  const { title, activeElement: focus } = document;
  const wide = document.body.classList.contains('wide');
  kept.set(shown.key, { shown, title, wide, nodes: [...main.childNodes], top: scrollY, focus });
  const [oldest] = kept.values();
  if (!oldest || kept.size <= keptAtMost) return;
  kept.delete(oldest.shown.key);
  oldest.shown.left.abort();
}

/** As it was left: as long, as far down, and with the focus where it was. */
function comeBack({ shown, title, wide, nodes, top, focus }: Kept, main: HTMLElement): void {
  current = shown;
  main.replaceChildren(...nodes);
  settle(main, title, wide);
  scrollTo(0, top);
  if (focus instanceof HTMLElement) focus.focus({ preventScroll: true });
}

/** Undefined where another screen opens instead. */
async function screenAt(path: string, signal: AbortSignal): Promise<Screen | undefined> {
  try {
    for (const [pattern, opener] of Object.entries(routes)) {
      const params = match(pattern, path);
      if (params) return await opener({ params, query: new URLSearchParams(location.search), signal });
    }
    return nothing(say('Nothing here'), say('There is no page at this address.'));
  } catch (error) {
    if (isAborted(error)) return undefined;
    if (isSignedOut(error)) return void go(signInPath(path), { instead: true });
    return { title: say('That did not work'), content: failurePanel(error, reopen) };
  }
}

/** A screen that leads back. */
export function nothing(title: string, why: string): Screen {
  const back = h('a', { class: 'button quiet', href: '/' }, say('Back to the gyms'));
  return { title, content: h('div', { class: 'panel' }, h('p', {}, why), back) };
}

/** Sign in, then come back. */
export function signInPath(next: string): string {
  return `/sign-in?next=${encodeURIComponent(next)}`;
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const names = pattern.split('/');
  const parts = path.split('/');
  if (names.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? '';
    if (name.startsWith(':') && part !== '') params[name.slice(1)] = decodeURIComponent(part);
    else if (name !== part) return undefined;
  }
  return params;
}
