/** `PALESTRA_SANDBOX_PAYMENTS` and `PALESTRA_WECHAT_*` as configuration of the transaction plugin. */
import { readFileSync } from 'node:fs';

export interface PaymentSettings {
  readonly sandbox?: boolean;
  readonly wechat?: Readonly<Record<string, unknown>>;
}

/** @throws Error naming the variable that is missing or cannot be used */
export function readPayments(env: NodeJS.ProcessEnv): PaymentSettings {
  const sandbox = readSwitch(env, 'PALESTRA_SANDBOX_PAYMENTS');
  const wechat = env.PALESTRA_WECHAT_MERCHANT_ID ? readWechat(env) : undefined;
  return { ...(sandbox !== undefined && { sandbox }), ...(wechat && { wechat }) };
}

function readWechat(env: NodeJS.ProcessEnv): Readonly<Record<string, unknown>> {
  const demand = (name: string) => {
    const value = env[`PALESTRA_WECHAT_${name}`];
    if (!value) throw new Error(`PALESTRA_WECHAT_MERCHANT_ID needs PALESTRA_WECHAT_${name} beside it.`);
    return value;
  };
  return {
    appId: demand('APP_ID'),
    merchantId: demand('MERCHANT_ID'),
    merchantSerial: demand('MERCHANT_SERIAL'),
    merchantKey: readFileSync(demand('MERCHANT_KEY_FILE'), 'utf8'),
    apiKey: demand('API_KEY'),
    platformKeys: { [demand('PLATFORM_SERIAL')]: readFileSync(demand('PLATFORM_KEY_FILE'), 'utf8') },
    notifyUrl: env.PALESTRA_WECHAT_NOTIFY_URL || notifyUrl(env),
    ...(env.PALESTRA_WECHAT_TRADE && { trade: env.PALESTRA_WECHAT_TRADE }),
    ...(env.PALESTRA_WECHAT_BASE_URL && { baseUrl: env.PALESTRA_WECHAT_BASE_URL }),
  };
}

function notifyUrl(env: NodeJS.ProcessEnv): string {
  if (!env.PALESTRA_PUBLIC_URL) {
    throw new Error('PALESTRA_WECHAT_MERCHANT_ID needs PALESTRA_PUBLIC_URL or PALESTRA_WECHAT_NOTIFY_URL beside it.');
  }
  return `${env.PALESTRA_PUBLIC_URL.replace(/\/$/, '')}/api/payment/wechat/notify`;
}

function readSwitch(env: NodeJS.ProcessEnv, name: string): boolean | undefined {
  const value = env[name] || undefined;
  if (value !== undefined && value !== 'on' && value !== 'off') throw new Error(`${name} is on or off, not ${value}.`);
  return value === undefined ? undefined : value === 'on';
}
