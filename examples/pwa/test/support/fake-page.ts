/**
 * The app in a page without a browser, on the fake server of the client SDK: for tests of what it does when a request is
 * lost or refused, which takes milliseconds here. What a browser alone has, such as cameras and workers, is tried in one.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient, storageTokens, type TransportInit } from '@palestra/client';
import { type FakeServer, fakeServer } from '@palestra/client/testing';
import { build } from 'esbuild';
import { type HTMLElement, type HTMLInputElement, Window } from 'happy-dom';

export interface FakePage {
  readonly window: Window;
  readonly server: FakeServer;
  /** What a reader sees of the screen. */
  text(): string;
  /** What is announced, and what alerts say. */
  alert(): string;
  path(): string;
  /** Signs a member in, as in an earlier visit to the app; the client of that visit. */
  signIn(member: Member): Promise<Client>;
  /** As by a link from elsewhere: the app starts there. */
  start(path: string): Promise<void>;
  /** As by a link in the app. */
  go(path: string): void;
  /** A button, or a link, by its text or its first line. */
  press(label: string): void;
  type(name: string, value: string): void;
  submit(): void;
  /** Waits until the page is so. @throws Error with what it shows instead */
  until(holds: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export interface Member {
  readonly username: string;
  readonly password: string;
}

const pwa = join(import.meta.dirname, '../..');
const origin = 'https://palestra.test';
const patienceMs = 15_000;
let bundle: Promise<string> | undefined;

export async function openPage(server: FakeServer = fakeServer()): Promise<FakePage> {
  bundle ??= bundleApp();
  const [script, html] = await Promise.all([bundle, readFile(join(pwa, 'public/index.html'), 'utf8')]);
  const window = new Window({
    url: origin,
    settings: {
      enableJavaScriptEvaluation: true,
      suppressInsecureJavaScriptEnvironmentWarning: true,
      disableCSSFileLoading: true,
      disableJavaScriptFileLoading: true,
      handleDisabledFileLoadingAsSuccess: true,
    },
  });
  // A browser has it, and compares errors with it.
  const missing = { GeolocationPositionError: class {}, fetch: fetchOf(server) };
  Object.assign(window, missing);
  window.document.write(html);
  const { document, localStorage } = window;
  const find = (selector: string) => [...document.querySelectorAll(selector)] as HTMLElement[];
  const text = () => document.getElementById('main')?.textContent ?? '';

  async function until(holds: () => boolean): Promise<void> {
    for (const end = performance.now() + patienceMs; !holds(); await sleep(5)) {
      if (performance.now() > end) throw new Error(`At ${window.location.href} it shows: ${text()}`);
    }
  }

  return {
    window,
    server,
    text,
    until,
    alert: () =>
      find('[role=alert]')
        .map(({ textContent }) => textContent)
        .join(' ')
        .trim(),
    path: () => window.location.pathname + window.location.search,
    async signIn(member) {
      const tokens = storageTokens(localStorage);
      const client = createClient({ ...server.options, baseUrl: origin, tokens });
      await client.auth.signIn(member);
      const { _id, username, role } = await client.profile.me();
      localStorage.setItem('member', JSON.stringify({ _id, username, role }));
      return client;
    },
    async start(path) {
      window.history.replaceState(null, '', path);
      window.eval(script);
      await until(() => find('#main h1').length > 0);
    },
    go(path) {
      window.history.pushState(null, '', path);
      window.dispatchEvent(new window.PopStateEvent('popstate'));
    },
    press(label) {
      const textOf = (each: HTMLElement) => (each.querySelector('strong') ?? each).textContent.trim();
      const button = find('#main button, #main a').find((each) => textOf(each) === label);
      if (!button) throw new Error(`There is no button ${label}: ${text()}`);
      button.click();
    },
    type(name, value) {
      const input = document.querySelector(`#main [name="${name}"]`) as HTMLInputElement | null;
      if (!input) throw new Error(`There is no field ${name}: ${text()}`);
      input.value = value;
    },
    submit() {
      document.querySelector('#main form')?.dispatchEvent(new window.Event('submit', { cancelable: true }));
    },
    close: () => window.happyDOM.close(),
  };
}

async function bundleApp(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(pwa, 'app/main.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@palestra/source'],
    absWorkingDir: pwa,
  });
  return outputFiles[0]?.text ?? '';
}

/** The server is reached by `fetch`, as by a browser. */
function fetchOf({ options }: FakeServer): (url: string, init: TransportInit) => ReturnType<typeof options.transport> {
  return (url, init) => options.transport(url.replace(origin, options.baseUrl), init);
}
