/** The last requests of the test clients in this process and their answers, for the message of a failed test. */
import type { Answer } from './types.js';

const mostKept = 8;
/** Characters shown of a body: of JSON, and of pages and metrics, which seldom say why a test failed. */
const longest = { json: 2_000, other: 200 };

const kept: string[] = [];

export const exchanges = {
  clear(): void {
    kept.length = 0;
  },
  /** One line each, the latest last: `POST /api/gym {"operation":…} → 403 {"success":false,…}`. */
  list(): readonly string[] {
    return kept;
  },
};

export function recordExchange(answer: Answer, sent: unknown): void {
  if (kept.length === mostKept) kept.shift();
  const { method, path, status, text } = answer;
  kept.push([method, path, ...(sent === undefined ? [] : [short(sent)]), '→', status, short(text)].join(' '));
}

/**
 * @throws Error that names the request and what was answered instead
 */
export function expectStatus(answer: Answer, status: number): void {
  if (answer.status === status) return;
  const { method, path, text } = answer;
  throw new Error(`${method} ${path} answered ${answer.status}, not ${status}: ${text}`);
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const most = /^[[{"]/.test(text) ? longest.json : longest.other;
  return text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text;
}
