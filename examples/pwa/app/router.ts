/** Screens by address: one at a time, each told by its signal when it is left. */
import { byId, type Child, h, replace } from './dom.js';
import { failurePanel, isAborted, isSignedOut } from './failure.js';
import { icon } from './icons.js';
import { announce } from './live.js';

export interface Visit {
  /** What stands in the path where the pattern has `:name`. */
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
}

export type Opener = (visit: Visit) => Screen | Promise<Screen>;

export type Routes = Readonly<Record<string, Opener>>;

/** Slower than this, the wait is shown. */
const noticeableMs = 150;

let routes: Routes = {};
let current = new AbortController();

export function startRouter(table: Routes): void {
  routes = table;
  addEventListener('popstate', () => void open(true));
  document.addEventListener('click', followLink);
  void open(false);
}

export function go(path: string, { instead = false } = {}): void {
  if (instead) history.replaceState(null, '', path);
  else history.pushState(null, '', path);
  void open(true);
}

/** The same screen, from the beginning. */
export function reopen(): void {
  void open(true);
}

/** Plain clicks on links of the app; those with a key held down are the browser's. */
function followLink(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.origin !== location.origin || link.hash !== '') return;
  event.preventDefault();
  go(link.pathname + link.search);
}

async function open(moveFocus: boolean): Promise<void> {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  const main = byId('main');
  const waiting = setTimeout(() => main.setAttribute('aria-busy', 'true'), noticeableMs);
  const screen = await screenAt(location.pathname, signal);
  clearTimeout(waiting);
  if (signal.aborted || !screen) return;
  main.removeAttribute('aria-busy');
  const heading = h('h1', { tabindex: -1 }, screen.title);
  const { back, mark } = screen;
  const way = back && h('a', { class: 'back', href: back.href }, icon('back'), back.label);
  replace(main, way, h('div', { class: 'heading' }, mark, heading), screen.content);
  document.title = `${screen.title} · Palestra`;
  document.dispatchEvent(new Event('screen'));
  if (!moveFocus) return;
  scrollTo(0, 0);
  heading.focus({ preventScroll: true });
  announce('');
}

/** Undefined where another screen opens instead. */
async function screenAt(path: string, signal: AbortSignal): Promise<Screen | undefined> {
  try {
    for (const [pattern, opener] of Object.entries(routes)) {
      const params = match(pattern, path);
      if (params) return await opener({ params, query: new URLSearchParams(location.search), signal });
    }
    return { title: 'Nothing here', content: h('p', {}, h('a', { href: '/' }, 'Back to the gyms')) };
  } catch (error) {
    if (isAborted(error)) return undefined;
    if (isSignedOut(error)) return void go(signInPath(path), { instead: true });
    return { title: 'That did not work', content: failurePanel(error, reopen) };
  }
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
