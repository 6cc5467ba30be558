/** `wx` as WeChat documents it, over real HTTP; what the documentation does not list is an error. */
import { randomBytes } from 'node:crypto';
import type { Wx, WxFailure, WxRequest } from '@palestra/client/weapp';

/** What happened, and what to let happen. */
export interface FakeWx {
  readonly wx: Wx;
  readonly storage: Map<string, unknown>;
  /** Every `url` of `wx.navigateTo` and `wx.redirectTo`. */
  readonly visited: string[];
  /** Every request as `METHOD path`. */
  readonly sent: string[];
  offline: boolean;
}

/** @param code what `wx.login` gives */
export function fakeWx(code: () => string): FakeWx {
  const storage = new Map<string, unknown>();
  const [visited, sent]: [string[], string[]] = [[], []];
  const go = ({ url }: { url: string }) => void visited.push(url);
  const later = (task: () => void) => void setTimeout(task);
  const members = {
    request: (options: WxRequest) => {
      sent.push(`${options.method} ${new URL(options.url).pathname}`);
      return request(options, fake.offline);
    },
    getStorage: ({ key, success, fail }: Parameters<Wx['getStorage']>[0]) =>
      later(() =>
        storage.has(key) ? success({ data: storage.get(key) }) : fail({ errMsg: 'getStorage:fail data not found' }),
      ),
    setStorage: ({ key, data, success }: Parameters<Wx['setStorage']>[0]) =>
      later(() => {
        storage.set(key, data);
        success();
      }),
    removeStorage: ({ key, success }: Parameters<Wx['removeStorage']>[0]) =>
      later(() => {
        storage.delete(key);
        success();
      }),
    getRandomValues: ({ length, success }: Parameters<Wx['getRandomValues']>[0]) =>
      later(() => success({ randomValues: Uint8Array.from(randomBytes(length)).buffer })),
    login: ({ success }: Parameters<Wx['login']>[0]) => later(() => success({ code: code() })),
    navigateTo: go,
    redirectTo: go,
  };
  const wx = new Proxy(members, {
    get(target, name) {
      if (name in target) return target[name as keyof typeof target];
      throw new Error(`wx.${String(name)} is not documented`);
    },
  });
  const fake: FakeWx = { wx, storage, visited, sent, offline: false };
  return fake;
}

/** The options that `wx.request` documents. */
const documented = new Set(
  'url data header timeout method dataType responseType redirect useHighPerformanceMode enableHttp2 enableQuic success fail complete'.split(
    ' ',
  ),
);

function request(options: WxRequest, offline: boolean): { abort(): void } {
  const unknown = Object.keys(options).filter((name) => !documented.has(name));
  if (unknown.length > 0) throw new Error(`wx.request has no option ${unknown}`);
  const controller = new AbortController();
  const failWith = (errMsg: string) => setTimeout(() => options.fail({ errMsg } satisfies WxFailure));
  if (offline) failWith('request:fail net::ERR_INTERNET_DISCONNECTED');
  else void answer(options, controller.signal).catch(() => failWith('request:fail'));
  return { abort: () => controller.abort() };
}

async function answer({ url, method, header, data, dataType, success }: WxRequest, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/json', ...header };
  const response = await fetch(url, {
    method,
    headers,
    signal,
    redirect: 'manual',
    ...(data !== undefined && { body: data }),
  });
  const text = await response.text();
  const parsed = (dataType as string) === 'json' ? JSON.parse(text) : text;
  success({ statusCode: response.status, header: Object.fromEntries(response.headers), data: parsed });
}
