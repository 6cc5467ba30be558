/** What the page adds to a request that a reader sends: the token, and the encryption of sealed bodies. */
import { isSealedBody, type OpenApi, operationAt } from './document.js';
import type { Session } from './session.js';

/** A request as Swagger UI is about to send it. */
export interface PageRequest {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

export type Interceptor = (request: PageRequest) => Promise<PageRequest>;

export function createInterceptor(document: OpenApi, base: string, session: Session): Interceptor {
  return async (request) => {
    const { pathname } = new URL(request.url, location.href);
    const prefix = new URL(base).pathname.replace(/\/$/, '');
    const path = decodeURI(pathname).slice(prefix.length);
    const operation = operationAt(document, request.method ?? 'GET', path);
    if (operation === undefined) return request;
    const headers = { ...request.headers };
    const token = await session.accessToken().catch(() => undefined);
    const authorized = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
    if (token !== undefined && !authorized && !operation['x-public']) headers.Authorization = `Bearer ${token}`;
    if (!isSealedBody(operation) || typeof request.body !== 'string') return { ...request, headers };
    const sealed = await session.seal({ id: operation.operationId, path }, JSON.parse(request.body));
    return { ...request, headers, body: JSON.stringify({ sealed }) };
  };
}
