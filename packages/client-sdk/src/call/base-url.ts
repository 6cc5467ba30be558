/** Where the server is. */
import { optionError } from '../errors/local-error.js';
import { runtime } from '../runtime/runtime.js';

/** @throws ClientError unless it is absolute, or a path in a page */
export function checkBaseUrl(baseUrl: string): void {
  const absolute = /^https?:\/\/[^\s?#@/][^\s?#@]*$/i;
  const path = /^(\/[^\s?#]*)?$/;
  if (!absolute.test(baseUrl) && !(runtime.location && path.test(baseUrl))) {
    throw optionError(`baseUrl is like https://gym.example, not ${JSON.stringify(baseUrl)}`);
  }
}
