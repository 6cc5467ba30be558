/** The part of `wx` that the client uses, as WeChat documents it; the `wx` of `miniprogram-api-typings` fits. */

/** What a call that failed says. */
export interface WxFailure {
  readonly errMsg: string;
}

/** The options of `wx.request`. */
export interface WxRequest {
  url: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  header: Record<string, string>;
  data?: string;
  dataType: '其他';
  redirect: 'manual';
  success(result: { statusCode: number; header: Record<string, unknown>; data: unknown }): void;
  fail(reason: WxFailure): void;
}

/** A mini-program's global `wx`. */
export interface Wx {
  request(options: WxRequest): { abort(): void };
  getStorage(options: {
    key: string;
    success(result: { data: unknown }): void;
    fail(reason: WxFailure): void;
  }): unknown;
  setStorage(options: { key: string; data: string; success(): void; fail(reason: WxFailure): void }): unknown;
  removeStorage(options: { key: string; success(): void; fail(reason: WxFailure): void }): unknown;
  /** From base library 2.19.0 on. */
  getRandomValues(options: {
    length: number;
    success(result: { randomValues: ArrayBuffer }): void;
    fail(reason: WxFailure): void;
  }): unknown;
  login(options: { success(result: { code: string }): void; fail(reason: WxFailure): void }): unknown;
}

/** The result of a call of `wx` as a promise. */
export function promised<Result>(
  start: (callbacks: { success(result: Result): void; fail(reason: WxFailure): void }) => unknown,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    start({ success: resolve, fail: ({ errMsg }) => reject(new Error(errMsg)) });
  });
}
