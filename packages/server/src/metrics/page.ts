/** `GET /metrics`, for a scraper, behind a secret if one is configured. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { catalogue, PalestraError } from '@palestra/core';
import type { Metrics } from './index.js';

export interface MetricsOptions {
  /** A secret that scrapers must send: `Authorization: Bearer <secret>`. */
  readonly bearer?: string;
}

export interface MetricsPage {
  /** @throws PalestraError `token_missing`, `token_invalid` */
  text(authorization: string | undefined): Promise<string>;
}

export const metricsMediaType = 'text/plain; version=0.0.4; charset=utf-8';

export function createMetricsPage(metrics: Metrics, { bearer }: MetricsOptions): MetricsPage {
  const expected = bearer === undefined ? undefined : digest(`Bearer ${bearer}`);
  return {
    async text(authorization) {
      if (expected && !(authorization !== undefined && timingSafeEqual(digest(authorization), expected))) {
        throw new PalestraError(catalogue.tokenInvalid, 'The secret of this page must be passed.', {
          headers: { 'www-authenticate': 'Bearer realm="metrics"' },
        });
      }
      return metrics.text();
    },
  };
}

/** The same length for every input, as `timingSafeEqual` needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
