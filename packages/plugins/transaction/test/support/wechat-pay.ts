/**
 * A fake WeChat Pay that speaks API v3 over HTTP with real keys: it checks our signatures, signs its answers,
 * seals its notifications, and keeps books. A test scripts its faults.
 */
import {
  constants,
  createCipheriv,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  verify,
} from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WechatConfig } from '../../src/index.js';

export type TradeState = 'NOTPAY' | 'USERPAYING' | 'SUCCESS' | 'PAYERROR' | 'CLOSED' | 'REFUND';

export interface WechatLedgerOrder {
  readonly outTradeNo: string;
  readonly prepayId: string;
  readonly total: number;
  readonly openid: string | undefined;
  state: TradeState;
  transactionId: string | undefined;
}

export type RefundState = 'SUCCESS' | 'PROCESSING' | 'CLOSED' | 'ABNORMAL';

export interface WechatLedgerRefund {
  readonly refundNo: string;
  readonly order: WechatLedgerOrder;
  readonly amount: number;
  state: RefundState;
}

/** What happens to the answers of a path, until it is switched off. */
export type WechatTrouble =
  | { readonly kind: 'drop' | 'stall' | 'unsigned' | 'foreign-key' | 'corrupt' | 'failing' | 'old' }
  /** The order as it tells of it, changed. */
  | { readonly kind: 'lie'; readonly change: Readonly<Record<string, unknown>> };

export interface SentNotification {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const newKey = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

/** Made once a process: it takes longer than a test. */
const keys = { merchant: newKey(), platform: newKey(), unknown: newKey() };

export class FakeWechatPay {
  readonly orders = new Map<string, WechatLedgerOrder>();
  /** By refund number. */
  readonly refunds = new Map<string, WechatLedgerRefund>();
  /** The state that new refunds have. */
  refundState: RefundState = 'PROCESSING';
  readonly calls: string[] = [];
  trouble: WechatTrouble | undefined;
  readonly #apiKey = randomBytes(16).toString('hex');
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #url = '';

  constructor(private readonly clock: { now(): number } = { now: Date.now }) {}

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  config(changes: Partial<WechatConfig> = {}): WechatConfig {
    return {
      appId: 'wx0123456789abcdef',
      merchantId: '1900000001',
      merchantSerial: 'MERCHANT01',
      merchantKey: keys.merchant.privateKey,
      apiKey: this.#apiKey,
      platformKeys: [{ serial: 'PLATFORM01', key: keys.platform.publicKey }],
      notifyUrl: 'https://club.example/api/payment/wechat/notify',
      trade: 'app',
      baseUrl: this.#url,
      ...changes,
    };
  }

  /** The payer pays, if that is still possible. */
  pay(prepayId: string): WechatLedgerOrder | undefined {
    const order = this.#byPrepayId(prepayId);
    if (order?.state !== 'NOTPAY') return undefined;
    order.state = 'SUCCESS';
    order.transactionId = `42000${randomBytes(10).toString('hex')}`;
    return order;
  }

  set(prepayId: string, state: TradeState): void {
    const order = this.#byPrepayId(prepayId);
    if (order) order.state = state;
  }

  captured(): string[] {
    return [...this.orders.values()].flatMap(
      ({ state, transactionId }) => (state === 'SUCCESS' && transactionId) || [],
    );
  }

  /** As WeChat Pay posts it to us. */
  notification(order: WechatLedgerOrder, change: Readonly<Record<string, unknown>> = {}): SentNotification {
    return this.#notification('TRANSACTION.SUCCESS', 'transaction', { ...this.#shown(order), ...change });
  }

  /** The same of a refund. */
  refundNotification(refund: WechatLedgerRefund, change: Readonly<Record<string, unknown>> = {}): SentNotification {
    const content = { mchid: '1900000001', ...this.#refundShown(refund), refund_status: refund.state, ...change };
    return this.#notification(`REFUND.${refund.state}`, 'refund', content);
  }

  #notification(event_type: string, kind: string, content: object): SentNotification {
    const nonce = randomBytes(6).toString('hex');
    const cipher = createCipheriv('aes-256-gcm', Buffer.from(this.#apiKey), Buffer.from(nonce));
    cipher.setAAD(Buffer.from(kind));
    const bytes = [cipher.update(JSON.stringify(content)), cipher.final(), cipher.getAuthTag()];
    const body = JSON.stringify({
      id: randomBytes(16).toString('hex'),
      create_time: new Date().toISOString(),
      event_type,
      resource_type: 'encrypt-resource',
      summary: '支付成功',
      resource: {
        algorithm: 'AEAD_AES_256_GCM',
        ciphertext: Buffer.concat(bytes).toString('base64'),
        nonce,
        associated_data: kind,
        original_type: kind,
      },
    });
    return { body, headers: this.sign(body) };
  }

  /** Headers of a message by WeChat Pay, or by a sender who pretends to be it. */
  sign(body: string, by: 'platform' | 'merchant' | 'unknown' = 'platform', secondsAgo = 0): Record<string, string> {
    const timestamp = String(Math.floor(this.clock.now() / 1000) - secondsAgo);
    const nonce = randomBytes(16).toString('hex');
    return {
      'wechatpay-timestamp': timestamp,
      'wechatpay-nonce': nonce,
      'wechatpay-serial': 'PLATFORM01',
      'wechatpay-signature': createSign('sha256')
        .update(`${timestamp}\n${nonce}\n${body}\n`)
        .sign(keys[by].privateKey, 'base64'),
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const path = request.url ?? '';
    this.calls.push(`${request.method} ${path}`);
    if (this.trouble?.kind === 'failing') return void response.writeHead(500).end('{"code":"SYSTEM_ERROR"}');
    const [status, content] = this.#authentic(request, body)
      ? this.#serve(request.method ?? '', new URL(path, this.#url), body && JSON.parse(body))
      : [401, { code: 'SIGN_ERROR', message: 'wrong signature' }];
    this.#send(request, response, status, content === undefined ? '' : JSON.stringify(content));
  }

  #send(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
    const { trouble } = this;
    if (trouble?.kind === 'drop') return void request.socket.destroy();
    if (trouble?.kind === 'stall') return;
    const unsigned = trouble?.kind === 'unsigned';
    const by = trouble?.kind === 'foreign-key' ? 'unknown' : 'platform';
    const headers = unsigned ? {} : this.sign(text, by, trouble?.kind === 'old' ? 600 : 0);
    const sent = trouble?.kind === 'corrupt' ? text.replace('SUCCESS', 'success') || ' ' : text;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(sent);
  }

  /** `WECHATPAY2-SHA256-RSA2048 mchid="…",nonce_str="…",signature="…",timestamp="…",serial_no="…"` */
  #authentic(request: IncomingMessage, body: string): boolean {
    const [scheme, list = ''] = (request.headers.authorization ?? '').split(' ', 2);
    const fields = Object.fromEntries([...list.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const { mchid, nonce_str: nonce, signature = '', timestamp, serial_no: serial } = fields;
    if (scheme !== 'WECHATPAY2-SHA256-RSA2048' || mchid !== '1900000001' || serial !== 'MERCHANT01') return false;
    const text = `${request.method}\n${request.url}\n${timestamp}\n${nonce}\n${body}\n`;
    const key: KeyObject = createPublicKey(keys.merchant.publicKey);
    const padded = { key, padding: constants.RSA_PKCS1_PADDING };
    return verify('sha256', Buffer.from(text), padded, Buffer.from(signature, 'base64'));
  }

  // biome-ignore lint/suspicious/noExplicitAny: a body of the protocol
  #serve(method: string, { pathname }: URL, body: any): [number, object | undefined] {
    if (method === 'POST' && /^\/v3\/pay\/transactions\/(app|jsapi)$/.test(pathname)) return this.#prepay(body);
    if (method === 'POST' && pathname === '/v3/refund/domestic/refunds') return this.#refund(body);
    const [, outTradeNo = '', close] = /^\/v3\/pay\/transactions\/out-trade-no\/(\w+)(\/close)?$/.exec(pathname) ?? [];
    const order = this.orders.get(outTradeNo);
    if (!order) return [404, { code: 'ORDER_NOT_EXIST', message: 'no such order' }];
    if (!close) return [200, { ...this.#shown(order), ...(this.trouble?.kind === 'lie' ? this.trouble.change : {}) }];
    if (order.state === 'SUCCESS') return [400, { code: 'ORDERPAID', message: 'paid' }];
    order.state = 'CLOSED';
    return [204, undefined];
  }

  // biome-ignore lint/suspicious/noExplicitAny: a body of the protocol
  #prepay(body: any): [number, object] {
    const { out_trade_no: outTradeNo, amount, payer } = body;
    if (amount?.currency !== 'CNY') return [400, { code: 'PARAM_ERROR', message: 'currency' }];
    const known = this.orders.get(outTradeNo);
    if (known && known.total !== amount.total) return [400, { code: 'INVALID_REQUEST', message: 'other amount' }];
    const order = known ?? {
      outTradeNo,
      prepayId: `wx${randomBytes(17).toString('hex')}`,
      total: amount.total,
      openid: payer?.openid,
      state: 'NOTPAY' as const,
      transactionId: undefined,
    };
    this.orders.set(outTradeNo, order);
    return [200, { prepay_id: order.prepayId }];
  }

  // biome-ignore lint/suspicious/noExplicitAny: a body of the protocol
  #refund(body: any): [number, object] {
    const { transaction_id: id, out_refund_no: refundNo, notify_url: url, amount } = body;
    const order = [...this.orders.values()].find(({ transactionId }) => transactionId === id);
    if (!order) return [404, { code: 'RESOURCE_NOT_EXISTS', message: 'no such payment' }];
    if (amount.currency !== 'CNY' || amount.total !== order.total || !String(url).startsWith('https://')) {
      return [400, { code: 'PARAM_ERROR', message: 'amount or notify_url' }];
    }
    const known = this.refunds.get(refundNo);
    if (known && (known.amount !== amount.refund || known.order !== order)) {
      return [400, { code: 'INVALID_REQUEST', message: 'another refund of that number' }];
    }
    if (!known && this.givenBack(order) + amount.refund > order.total) {
      return [403, { code: 'NOT_ENOUGH', message: 'more than was paid' }];
    }
    const refund = known ?? { refundNo, order, amount: amount.refund, state: this.refundState };
    this.refunds.set(refundNo, refund);
    return [200, { refund_id: `50${refundNo}`, ...this.#refundShown(refund), status: refund.state }];
  }

  /** In fen, of an order. */
  givenBack(order: WechatLedgerOrder): number {
    const all = [...this.refunds.values()].filter((refund) => refund.order === order && refund.state !== 'CLOSED');
    return all.reduce((sum, { amount }) => sum + amount, 0);
  }

  #refundShown({ refundNo, order, amount }: WechatLedgerRefund): object {
    const { outTradeNo, transactionId, total } = order;
    const amounts = { total, refund: amount, payer_total: total, payer_refund: amount };
    return { out_refund_no: refundNo, out_trade_no: outTradeNo, transaction_id: transactionId, amount: amounts };
  }

  #shown({ outTradeNo, state, transactionId, total }: WechatLedgerOrder): object {
    return {
      appid: 'wx0123456789abcdef',
      mchid: '1900000001',
      out_trade_no: outTradeNo,
      trade_state: state,
      trade_type: 'APP',
      ...(transactionId && { transaction_id: transactionId, amount: { total, currency: 'CNY', payer_total: total } }),
    };
  }

  #byPrepayId(prepayId: string): WechatLedgerOrder | undefined {
    return [...this.orders.values()].find((order) => order.prepayId === prepayId);
  }
}
