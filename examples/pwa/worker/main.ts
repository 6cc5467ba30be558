/**
 * Offline: the shell of the app comes from the cache it was installed into, and what discovery has answered before is
 * shown at once while the server is asked again. Nothing that was sent with credentials is kept.
 */
import { isAppPath } from '../app/paths.js';

declare const self: ServiceWorkerGlobalScope;
/** Put in by the build. */
declare const SHELL: { readonly version: string; readonly files: readonly string[] };

const shellCache = `shell ${SHELL.version}`;
const seenCache = 'discovery';
/** Answers of discovery that are kept: the ones seen last. */
const seenAtMost = 200;
/** Only `X-Request-Id` differs between two requests for one list. */
const sameUrl: CacheQueryOptions = { ignoreVary: true };

self.addEventListener('install', (event) => {
  event.waitUntil(install());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(activate());
});

self.addEventListener('fetch', (event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});

async function install(): Promise<void> {
  const cache = await caches.open(shellCache);
  await cache.addAll(SHELL.files.map((file) => new Request(file, { cache: 'reload' })));
  await self.skipWaiting();
}

async function activate(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith('shell ') && name !== shellCache);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Undefined for what goes to the network as it is. */
function answerTo(event: FetchEvent): Promise<Response> | undefined {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin || request.headers.has('authorization'))
    return undefined;
  if (pathname.startsWith('/api/discovery/')) return seenThenAsked(event);
  if (request.mode === 'navigate' && isAppPath(pathname)) return fromShell('/index.html', request);
  return SHELL.files.includes(pathname) ? fromShell(pathname, request) : undefined;
}

async function fromShell(path: string, request: Request): Promise<Response> {
  return (await caches.match(path, { cacheName: shellCache })) ?? fetch(request);
}

/** Stale while revalidate. */
async function seenThenAsked(event: FetchEvent): Promise<Response> {
  const { request, clientId } = event;
  const cache = await caches.open(seenCache);
  const seen = await cache.match(request, sameUrl);
  if (!seen) return ask(request, cache);
  const before = seen.clone();
  const asking = async () => {
    const answer = await ask(request, cache).catch(() => undefined);
    if (!answer?.ok || (await answer.text()) === (await before.text())) return;
    (await self.clients.get(clientId))?.postMessage('newer');
  };
  event.waitUntil(asking());
  return seen;
}

async function ask(request: Request, cache: Cache): Promise<Response> {
  const answer = await fetch(request);
  if (answer.ok) await keep(request, answer.clone(), cache);
  return answer;
}

/** Put again, so that the keys are in the order of their use. */
async function keep(request: Request, answer: Response, cache: Cache): Promise<void> {
  await cache.delete(request, sameUrl);
  await cache.put(request, answer);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - seenAtMost)).map((key) => cache.delete(key)));
}
