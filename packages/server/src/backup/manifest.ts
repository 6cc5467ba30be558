/** The first line of a backup: what follows it, and a MAC that proves that this installation made it. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseJsonOrUndefined } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import { backupDamaged, backupForeign, backupIncompatible } from './errors.js';

export interface Manifest {
  readonly format: 'palestra-backup';
  readonly version: 1;
  /** A SQLite file, or rows of a MySQL database as gzipped JSON lines. */
  readonly database: 'sqlite' | 'mysql';
  /** With what the names of tables begin in a SQLite file; lines have the names without it. */
  readonly tablePrefix?: string;
  readonly createdAt: string;
  readonly payload: { readonly bytes: number; readonly sha256: string };
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Checksums of the migrations that had been applied, by `plugin/name`. */
  readonly migrations: Readonly<Record<string, string>>;
}

interface SignedManifest {
  readonly manifest: Manifest;
  readonly kid: string;
  /** HMAC-SHA-256 over the manifest's text, base64url. */
  readonly mac: string;
}

/** A line of JSON, so that `head -1` shows it. */
export function signManifest(manifest: Manifest, { active }: KeyRing<SecretKey>): string {
  const signed: SignedManifest = { manifest, kid: active.kid, mac: macOf(manifest, active) };
  return `${JSON.stringify(signed)}\n`;
}

/** @throws PalestraError `backup_damaged`, `backup_foreign`, `backup_incompatible` */
export function readManifest(line: string, keys: KeyRing<SecretKey>): Manifest {
  const signed = parse(line);
  const key = keys.find(signed.kid);
  if (!key) throw backupForeign();
  const expected = Buffer.from(macOf(signed.manifest, key));
  const found = Buffer.from(signed.mac);
  if (expected.length !== found.length || !timingSafeEqual(expected, found)) {
    throw backupDamaged('its first line was changed');
  }
  if (signed.manifest.version !== 1) throw backupIncompatible('a newer version of Palestra made it');
  return signed.manifest;
}

/** Parsing keeps the order of keys, so the text can be made again. */
function macOf(manifest: Manifest, { secret }: SecretKey): string {
  return createHmac('sha256', secret).update(JSON.stringify(manifest)).digest('base64url');
}

function parse(line: string): SignedManifest {
  const signed = parseJsonOrUndefined(line);
  if (isSignedManifest(signed)) return signed;
  if (line.startsWith('age-encryption.org/')) {
    throw backupIncompatible('it is encrypted; restore it by `palestra restore FILE --identity KEY_FILE`');
  }
  throw backupDamaged('it does not begin with a manifest');
}

/** The MAC proves the rest. */
function isSignedManifest(value: unknown): value is SignedManifest {
  const signed = value as Partial<SignedManifest> | undefined;
  return (
    signed?.manifest?.format === 'palestra-backup' && typeof signed.kid === 'string' && typeof signed.mac === 'string'
  );
}
