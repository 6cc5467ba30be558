/** WeChat's login endpoints as its documentation has them, over HTTP: errors inside 200, JSON called text/plain. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeUser {
  readonly openid: string;
  readonly unionid?: string;
}

export type Trouble =
  | 'stall'
  | 'stall within the body'
  | 'html'
  | '10 MB'
  | 'drip'
  | 'redirect'
  | 'hang up'
  | 500
  | object;

export interface FakeWechat {
  readonly url: string;
  /** A code for one app, good once. */
  issue(appId: string, user: FakeUser): string;
  /** What every call is answered with until it is taken back. */
  trouble: Trouble | undefined;
  /** Calls so far, as path and query. */
  readonly calls: readonly URL[];
  stop(): Promise<void>;
}

const grants: Readonly<Record<string, string>> = {
  '/sns/jscode2session': 'js_code',
  '/sns/oauth2/access_token': 'code',
};

/** `apps`: each app's secret by its id. */
export async function startFakeWechat(apps: Readonly<Record<string, string>>): Promise<FakeWechat> {
  const codes = new Map<string, { appId: string; user: FakeUser; used: boolean }>();
  const calls: URL[] = [];
  const timers = new Set<NodeJS.Timeout>();

  function answer({ pathname, searchParams }: URL): object {
    const parameter = grants[pathname];
    if (parameter === undefined) return { errcode: 40066, errmsg: 'invalid url' };
    const [appId = '', secret] = [searchParams.get('appid') ?? '', searchParams.get('secret')];
    if (!Object.hasOwn(apps, appId)) return { errcode: 40013, errmsg: 'invalid appid' };
    if (apps[appId] !== secret) return { errcode: 40125, errmsg: 'invalid appsecret' };
    if (searchParams.get('grant_type') !== 'authorization_code')
      return { errcode: 40002, errmsg: 'invalid grant_type' };
    const code = codes.get(searchParams.get(parameter) ?? '');
    if (code?.appId !== appId) return { errcode: 40029, errmsg: 'invalid code, rid: 6789-fake' };
    if (code.used) return { errcode: 40163, errmsg: 'code been used, rid: 6789-fake' };
    code.used = true;
    const session = parameter === 'js_code' ? { session_key: 'HyVFkGl5F5OQWJZZaNzBBg==' } : oauthSession;
    return { ...session, ...code.user };
  }

  function misbehave(response: ServerResponse, trouble: Trouble): void {
    if (trouble === 'stall') return;
    if (trouble === 'hang up') return void response.destroy();
    if (trouble === 'redirect') return void response.writeHead(302, { location: '/elsewhere' }).end();
    if (trouble === 500) return void response.writeHead(500).end('{"openid":"oStranger"}');
    if (trouble === 'html') return void response.end('<!DOCTYPE html><title>Login</title>');
    if (trouble === '10 MB') return void response.end(`{"openid":"oBig"${' '.repeat(10 * 1024 * 1024)}}`);
    if (trouble === 'stall within the body') return void response.write('{"openid":');
    if (trouble === 'drip') {
      const timer = setInterval(() => response.write(' '), 50);
      timers.add(timer);
      response.on('close', () => clearInterval(timer));
      return;
    }
    response.end(JSON.stringify(trouble));
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    calls.push(url);
    response.setHeader('content-type', 'text/plain');
    if (url.pathname === '/elsewhere') return void response.end('{"openid":"oStranger"}');
    if (fake.trouble !== undefined) return misbehave(response, fake.trouble);
    response.end(JSON.stringify(answer(url)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  let issued = 0;
  const fake: FakeWechat = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble: undefined,
    calls,
    issue(appId, user) {
      issued += 1;
      const code = `0${issued}3kF2Ga1abcDEF`;
      codes.set(code, { appId, user, used: false });
      return code;
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}

const oauthSession = { access_token: 'fake', expires_in: 7200, refresh_token: 'fake', scope: 'snsapi_login' };
