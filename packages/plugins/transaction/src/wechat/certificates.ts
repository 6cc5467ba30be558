/** What `/metrics` tells of WeChat Pay's certificates: how long they are valid. */
import { X509Certificate } from 'node:crypto';
import type { PluginMetrics } from '@palestra/server/plugin';
import type { PlatformKey } from './config.js';

/** Of keys that are certificates: a bare public key does not expire. */
export function measureCertificates(metrics: PluginMetrics, keys: readonly PlatformKey[]): void {
  const expiry = metrics.gauge({
    name: 'wechat_certificate_expiry_timestamp_seconds',
    help: 'When a platform certificate of WeChat Pay expires, in seconds since 1970, by its serial number.',
    labels: ['serial'],
  });
  for (const { serial, key } of keys) {
    if (!key.includes('-----BEGIN CERTIFICATE-----')) continue;
    expiry.set(Date.parse(new X509Certificate(key).validTo) / 1000, { serial });
  }
}
