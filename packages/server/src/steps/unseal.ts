/** Replaces a sealed body by its plaintext; a credential that is not sealed is refused and not kept. */
import { catalogue, PalestraError } from '@palestra/core';
import type { Exchange } from './exchange.js';

export async function unseal(exchange: Exchange): Promise<void> {
  const value = sealedValueOf(exchange.body);
  exchange.body = undefined;
  delete exchange.rawBody;
  exchange.body = await exchange.services.unsealer.open(value, exchange.operation.path);
}

function sealedValueOf(body: unknown): string {
  if (typeof body === 'string' && !body.trim().startsWith('{')) return body.trim();
  if (typeof body === 'object' && body !== null && 'sealed' in body && Object.keys(body).length === 1) {
    if (typeof body.sealed === 'string') return body.sealed;
  }
  throw new PalestraError(
    catalogue.sealRequired,
    'Send {"sealed":"…"}: the body encrypted for the key of GET /api/gpk.',
  );
}
