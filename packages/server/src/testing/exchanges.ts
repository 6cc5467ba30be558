/** The last requests of the test clients in this process and their answers, for the message of a failed test. */
import type { Answer } from './types.js';

const most = 8;
const longest = 2_000;

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
  if (kept.length === most) kept.shift();
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
  return text.length > longest ? `${text.slice(0, longest)}… (${text.length} characters)` : text;
}
