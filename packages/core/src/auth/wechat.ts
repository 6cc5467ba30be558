/**
 * Sign-in by WeChat: a one-time code is exchanged, at WeChat's own endpoint, for who its user is. WeChat answers
 * errors with status 200 and an `errcode`; whatever else it answers, the caller hears of it within the time allowed.
 */
import { catalogue, PalestraError } from '../errors.js';
import { parseJson } from '../json.js';
import { userChallenge } from './failures.js';

/** How each kind of app exchanges its codes. */
const endpoints = {
  /** https://developers.weixin.qq.com/miniprogram/en/dev/OpenApiDoc/user-login/code2Session.html */
  'mini-program': { path: '/sns/jscode2session', parameter: 'js_code' },
  /** https://developers.weixin.qq.com/doc/oplatform/en/Mobile_App/WeChat_Login/Authorized_API_call_UnionID.html */
  oauth: { path: '/sns/oauth2/access_token', parameter: 'code' },
} as const;

type WechatKind = keyof typeof endpoints;

export interface WechatApp {
  readonly appId: string;
  readonly appSecret: string;
  readonly kind: WechatKind;
}

export interface WechatOptions {
  /** `https://api.weixin.qq.com` */
  readonly baseUrl: string;
  /** For the whole exchange. */
  readonly timeoutMs: number;
}

/** Who a WeChat user is to one app, and to all apps of the same owner. */
export interface WechatIdentity {
  readonly appId: string;
  readonly openid: string;
  readonly unionid: string | undefined;
}

const maxAnswerBytes = 64 * 1024;
const limits = { depth: 4, keys: 64 };
const identifier = /^[A-Za-z0-9_-]{1,128}$/;

/** What is wrong with the code itself; everything else is wrong between WeChat and us. */
const codeErrors: ReadonlyMap<unknown, string> = new Map([
  [40029, 'the code is not valid for this app'],
  [40163, 'the code was used before'],
  [40226, 'WeChat blocks this user'],
  [41008, 'the code is missing'],
  [42003, 'the code has expired'],
]);

/**
 * @throws PalestraError `credentialsInvalid` (401) for a code that WeChat does not accept; `badGateway` (502) if it
 * cannot be asked, or answers something else than its documented JSON
 */
export async function exchangeWechatCode(
  code: string,
  app: WechatApp,
  { baseUrl, timeoutMs }: WechatOptions,
): Promise<WechatIdentity> {
  const answer = await ask(addressOf(code, app, baseUrl), timeoutMs);
  const { errcode, errmsg, openid, unionid } = answer;
  if (errcode !== undefined && errcode !== 0) throw refused(errcode, errmsg);
  if (!isIdentifier(openid)) throw wechatFailed(new Error('The answer has no openid.'));
  const joined = unionid === '' ? undefined : unionid;
  if (joined !== undefined && !isIdentifier(joined)) throw wechatFailed(new Error('The unionid is malformed.'));
  return { appId: app.appId, openid, unionid: joined };
}

function addressOf(code: string, { appId, appSecret, kind }: WechatApp, baseUrl: string): URL {
  const { path, parameter } = endpoints[kind];
  const url = new URL(baseUrl.replace(/\/$/, '') + path);
  url.search = String(
    new URLSearchParams({ appid: appId, secret: appSecret, [parameter]: code, grant_type: 'authorization_code' }),
  );
  return url;
}

/** The address holds the secret: it is in no message and no cause. */
async function ask(url: URL, timeoutMs: number): Promise<Record<string, unknown>> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/json' } });
    const text = await readText(response);
    if (response.status !== 200) throw new Error(`The status is ${response.status}.`);
    const answer = parseJson(text, limits);
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw new Error('It is no object.');
    return answer as Record<string, unknown>;
  } catch (error) {
    throw wechatFailed(error);
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    // Leaving the loop ends the transfer.
    if (size > maxAnswerBytes) throw new Error(`The answer is larger than ${maxAnswerBytes} bytes.`);
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
}

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && identifier.test(value);
}

function refused(errcode: unknown, errmsg: unknown): PalestraError {
  const reason = codeErrors.get(errcode);
  const cause = new Error(`WeChat answered ${String(errcode)}: ${String(errmsg).slice(0, 200)}`);
  if (reason === undefined) return wechatFailed(cause);
  return new PalestraError(catalogue.credentialsInvalid, `WeChat does not accept the code: ${reason}.`, {
    headers: { 'www-authenticate': userChallenge },
    cause,
  });
}

function wechatFailed(cause: unknown): PalestraError {
  return new PalestraError(catalogue.badGateway, 'WeChat could not be asked. Try again with a new code.', { cause });
}
