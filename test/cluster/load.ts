/**
 * Members who buy and come in, through a server that is ready, as a proxy would choose it. A call that fails is sent again
 * under its key until its outcome is known.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatAuthorization, schemes } from '@palestra/core';

export interface Sale {
  readonly buyer: { readonly token: string };
  readonly owner: { readonly token: string };
  readonly merchandiseId: string;
  /** Paid passes with visits left. */
  readonly passes: readonly string[];
}

/** A caller's own limits: for one answer, and for one call with all its tries. */
const answerMs = 6_000;
const callMs = 25_000;
/** How often a proxy asks whether a server is ready, and how long it waits for the answer. */
const healthMs = 500;
const healthAnswerMs = 1_500;

interface Reply {
  readonly status: number;
  readonly retry: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: a body of the API
  readonly data: any;
}

export class Load {
  /** Records whose purchase was acknowledged. */
  readonly bought: number[] = [];
  /** By pass: how many visits are left, as each acknowledged admission said. */
  readonly admitted: Map<string, number[]>;
  /** Calls with an unknown outcome, by path. */
  readonly unknown = { perform: 0, visit: 0 };
  /** Tries that failed and were repeated. */
  repeated = 0;
  /** Milliseconds between two acknowledged calls of anybody, at most. */
  longestPause = 0;
  #lastAt = 0;
  #stopped = false;
  #running: Promise<void>[] = [];
  readonly #ready: Set<string>;

  constructor(
    private readonly servers: readonly string[],
    private readonly sale: Sale,
    private readonly random: () => number,
  ) {
    this.admitted = new Map(sale.passes.map((pass) => [pass, []]));
    this.#ready = new Set(servers);
  }

  start(clients: number): void {
    this.#lastAt = performance.now();
    const members = Array.from({ length: clients }, () => this.#client());
    this.#running = [...members, ...this.servers.map((server) => this.#watch(server))];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  get acknowledged(): number {
    return this.bought.length + [...this.admitted.values()].reduce((sum, visits) => sum + visits.length, 0);
  }

  async #watch(server: string): Promise<void> {
    while (!this.#stopped) {
      const answer = await fetch(`${server}/readyz`, { signal: AbortSignal.timeout(healthAnswerMs) }).catch(
        () => undefined,
      );
      if (answer?.status === 200) this.#ready.add(server);
      else this.#ready.delete(server);
      await sleep(healthMs);
    }
  }

  #choose(): string {
    const servers = this.#ready.size > 0 ? [...this.#ready] : this.servers;
    return servers[Math.floor(this.random() * servers.length)] ?? '';
  }

  async #client(): Promise<void> {
    while (!this.#stopped) {
      if (this.random() < 0.4) await this.#buy();
      else await this.#comeIn(this.sale.passes[Math.floor(this.random() * this.sale.passes.length)] ?? '');
      await sleep(20);
    }
  }

  async #buy(): Promise<void> {
    const { buyer, merchandiseId } = this.sale;
    const begun = await this.#call('/api/perform_transaction', buyer.token, {
      merchandiseId,
      paymentMethod: 'sandbox',
    });
    if (!begun) {
      this.unknown.perform += 1;
      return;
    }
    const { transactionRecordId, prepayId: transactionId } = begun;
    this.bought.push(Number(transactionRecordId));
    await this.#call('/api/verify_transaction', buyer.token, { transactionRecordId, transactionId });
  }

  async #comeIn(pass: string): Promise<void> {
    const { owner, merchandiseId } = this.sale;
    const body = { transactionRecordId: pass, merchandiseId };
    const admitted = await this.#call('/api/verify_transaction_record', owner.token, body);
    if (admitted) this.admitted.get(pass)?.push(admitted.count);
    else this.unknown.visit += 1;
  }

  /** The data of the answer; undefined if the outcome of the call is unknown. @throws Error if it was refused */
  // biome-ignore lint/suspicious/noExplicitAny: a body of the API
  async #call(path: string, token: string, json: unknown): Promise<any> {
    const headers = {
      authorization: formatAuthorization(schemes.bearer, token),
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    };
    const deadline = performance.now() + callMs;
    while (performance.now() < deadline) {
      const { status, retry, data } = await this.#send(this.#choose() + path, headers, json);
      if (status >= 200 && status < 300) {
        this.#acknowledge();
        return data;
      }
      if (!retry) throw new Error(`${path} was refused: ${status} ${JSON.stringify(data)}`);
      this.repeated += 1;
      await sleep(50 + this.random() * 200);
    }
    return undefined;
  }

  async #send(url: string, headers: Record<string, string>, json: unknown): Promise<Reply> {
    try {
      const init = { method: 'POST', headers, body: JSON.stringify(json), signal: AbortSignal.timeout(answerMs) };
      const response = await fetch(url, init);
      const { status } = response;
      const body = (await response.json()) as { data?: unknown };
      // The same call is under way at another server, or was when that one died.
      const busy = status === 409 && response.headers.has('retry-after');
      return { status, retry: busy || status >= 500, data: status < 300 ? body.data : body };
    } catch {
      return { status: 0, retry: true, data: undefined };
    }
  }

  #acknowledge(): void {
    const now = performance.now();
    this.longestPause = Math.max(this.longestPause, now - this.#lastAt);
    this.#lastAt = now;
  }
}
