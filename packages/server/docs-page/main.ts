/** `/docs`: Swagger UI over this server's document, with a sign-in, encryption of sealed bodies, and code samples. */
import { type OpenApi, withPlaintexts } from './document.js';
import { createInterceptor } from './requests.js';
import { samplesPlugin } from './samples-panel.js';
import { createSession } from './session.js';
import { showSignIn } from './sign-in.js';

declare const SwaggerUIBundle: (options: object) => unknown;

/** Groups in the order of their use; others follow by name. */
const groups = ['session', 'profile', 'gym', 'merchandise', 'transaction', 'club', 'team', 'stams', 'device', 'game'];
const lastGroups = ['keys', 'management', 'backup'];

const root = new URL('..', (document.currentScript as HTMLScriptElement).src);

async function start(): Promise<void> {
  followColorScheme();
  const served = (await (await fetch(new URL('openapi.json', root))).json()) as OpenApi;
  const base = new URL(served.servers?.[0]?.url ?? '.', root).href.replace(/\/$/, '');
  const session = createSession(base);
  const bar = document.querySelector<HTMLElement>('#session');
  if (bar) {
    await showSignIn(bar, session);
    session.onChange(() => void showSignIn(bar, session));
  }
  const shown = withPlaintexts(served);
  SwaggerUIBundle({
    spec: { ...shown, servers: [{ url: base }] },
    dom_id: '#docs',
    deepLinking: true,
    filter: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    tagsSorter: byUse,
    validatorUrl: null,
    requestInterceptor: createInterceptor(served, base, session),
    plugins: [samplesPlugin(shown, base)],
  });
}

function byUse(a: string, b: string): number {
  return rankOf(a) - rankOf(b) || (a < b ? -1 : 1);
}

function rankOf(group: string): number {
  const at = groups.indexOf(group);
  if (at !== -1) return at;
  return groups.length + 1 + lastGroups.indexOf(group);
}

function followColorScheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', follow);
  follow();
}

void start();
