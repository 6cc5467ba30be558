/** WeChat's `jscode2session` as its documentation has it, over HTTP: a code is good once, errors come under status 200. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeWechat {
  readonly url: string;
  /** What `wx.login` gives the user with this openid. */
  issue(openid: string): string;
  stop(): Promise<void>;
}

export async function startFakeWechat(appId: string, appSecret: string): Promise<FakeWechat> {
  const openids = new Map<string, string>();
  const server = createServer(({ url = '' }, response) => {
    const { searchParams } = new URL(url, 'http://wechat');
    const code = searchParams.get('js_code') ?? '';
    const openid = openids.get(code);
    const isApp = searchParams.get('appid') === appId && searchParams.get('secret') === appSecret;
    const granted = isApp && openid !== undefined;
    openids.delete(code);
    const answer = granted ? { openid, session_key: 'x' } : { errcode: 40029, errmsg: 'invalid code' };
    response.setHeader('content-type', 'text/plain').end(JSON.stringify(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    issue(openid) {
      const code = `code-${openid}-${openids.size}`;
      openids.set(code, openid);
      return code;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
