/** Which WeChat user signs in: by a code that WeChat confirms, or, only where configured, by an openid. */
import { catalogue, invalidRequest, PalestraError } from '@palestra/core';
import {
  credentialsInvalid,
  exchangeWechatCode,
  type StoredAccount,
  userChallenge,
  type WechatIdentity,
} from '@palestra/core/auth';
import type { RunInSpan } from '../plugin/tracing.js';
import type { WechatConfig } from './config.js';
import type { components } from './contract.generated.js';
import type { WechatAccounts } from './wechat-accounts.js';

type WechatCredentials = components['schemas']['WechatCredentials'];

/** @throws PalestraError 400, 401, 502 or 503 by what `WechatIdentifier` says; 401 for a disabled account */
export type WechatSignIn = (credentials: WechatCredentials) => Promise<StoredAccount>;

export type WechatIdentifier = (credentials: WechatCredentials) => Promise<WechatIdentity>;

export function createWechatIdentifier(config: WechatConfig, inSpan: RunInSpan): WechatIdentifier {
  return (credentials) => identityOf(credentials, config, inSpan);
}

export function createWechatSignIn(identify: WechatIdentifier, accounts: WechatAccounts): WechatSignIn {
  return async (credentials) => {
    const account = await accounts.of(await identify(credentials));
    if (account.disabled) throw credentialsInvalid(userChallenge);
    return account;
  };
}

/** The account whose WeChat user this fresh code is of. @throws PalestraError 400, 401, 502 or 503 by what `WechatIdentifier` says */
export type WechatProof = (proof: { readonly code: string; readonly appId?: string }) => Promise<number | undefined>;

export function createWechatProof(identify: WechatIdentifier, accounts: WechatAccounts): WechatProof {
  return async (proof) => accounts.find(await identify(proof));
}

async function identityOf(
  { code, openid, appId }: WechatCredentials,
  config: WechatConfig,
  inSpan: RunInSpan,
): Promise<WechatIdentity> {
  if ((code === undefined) === (openid === undefined)) throw invalidRequest('Either code or openid is needed', '/code');
  const app = appId === undefined ? config.apps[0] : config.apps.find((each) => each.appId === appId);
  if (appId !== undefined && !app) throw invalidRequest('This server does not have the WeChat app of appId', '/appId');
  if (openid !== undefined) {
    if (!config.trustOpenid) throw openidRefused();
    return { appId: app?.appId ?? '', openid, unionid: undefined };
  }
  if (!app || code === undefined) throw notConfigured();
  return inSpan({ name: 'wechat.sign-in', remote: true }, () => exchangeWechatCode(code, app, config));
}

function openidRefused(): PalestraError {
  const message = 'An openid alone proves nothing about the caller. Send the code of wx.login instead.';
  return new PalestraError(catalogue.invalidRequest, message, { errors: [{ pointer: '/openid', detail: message }] });
}

function notConfigured(): PalestraError {
  return new PalestraError(catalogue.unavailable, 'Sign-in by WeChat is not configured on this server.');
}
