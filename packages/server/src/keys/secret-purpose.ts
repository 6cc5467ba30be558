/** Purposes of the 256-bit secrets that are not token keys; one key serves one purpose. */
export type SecretPurpose =
  | 'refresh'
  | 'pepper'
  | 'qr'
  | 'audit'
  | 'backup'
  | 'rate-limit'
  | 'idempotency'
  | 'code'
  | 'mail';
