/** What others see of backups. */
import type { FileHandle } from 'node:fs/promises';
import { type ServiceRef, serviceRef } from '@palestra/core';
import type { Manifest } from './manifest.js';

/** A file as `sha256sum` and `stat` describe it. */
export interface FileFacts {
  readonly sha256: string;
  readonly bytes: number;
}

export interface MadeBackup extends FileFacts {
  readonly createdAt: string;
}

interface CheckedBackup {
  readonly manifest: Manifest;
  /** Replaces the running database, which nothing else may use meanwhile. */
  switchOver(): Promise<void>;
  discard(): Promise<void>;
}

/** How a backup is made. */
export interface MakeOptions {
  /** Public keys of age, each of whose secret keys opens it. Not encrypted where there is none. */
  readonly recipients?: readonly string[];
}

/** A backup that can be read; `close` deletes what was decrypted for it. */
export interface ReadableBackup {
  readonly file: FileHandle;
  close(): Promise<void>;
}

/** How a run of the hook ended. */
export interface HookEnd {
  readonly ok: boolean;
  /** `exit 0`, `exit 3`, `SIGTERM`, `no end after 60 s`, `ENOENT`. */
  readonly status: string;
  readonly seconds: number;
}

/** The newest backup of each of the last so many days, ISO weeks and months that have one; UTC. */
export interface Retention {
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
}

export interface Forgotten {
  readonly kept: readonly string[];
  readonly removed: readonly string[];
  /** Of this installation, but damaged: left for somebody to look at. */
  readonly damaged: readonly string[];
}

export interface Backups {
  /** @throws Error `EEXIST` if there is such a file */
  create(path: string, options: MakeOptions): Promise<MadeBackup>;
  /** Reads the first line alone. @throws PalestraError `backup_damaged`, `backup_foreign`, `backup_incompatible` */
  inspect(file: FileHandle): Promise<Manifest>;
  /** How many rows the database has now, by table. */
  rows(): Promise<Record<string, number>>;
  /** Changes nothing. @throws PalestraError `backup_damaged`, `backup_foreign`, `backup_incompatible` */
  check(file: FileHandle, folder: string): Promise<CheckedBackup>;
}

/** Rows by table. */
export type BackupFacts = Pick<Manifest, 'createdAt' | 'rows'>;

export interface BackupService {
  /** For the configured recipients unless `options` names some. @throws Error `EEXIST` if there is such a file; PalestraError `conflict` */
  create(path: string, options?: MakeOptions): Promise<MadeBackup>;
  /** A backup in the server's own folder, under a name of the server's. @throws PalestraError `conflict` */
  keep(): Promise<MadeBackup & { readonly path: string }>;
  /** Runs the configured hook for a finished backup; undefined where there is none. */
  runHook(path: string, made: MadeBackup): Promise<HookEnd | undefined>;
  /**
   * Opens an encrypted backup by secret keys of age, into the server's folder of backups; another one is as it is.
   * @throws PalestraError `backup_incompatible` for other keys, `backup_damaged`
   */
  decrypt(file: FileHandle, identities: readonly string[]): Promise<ReadableBackup>;
  /** Makes the scheduled backup if it is due, as the server does every half minute; false if it is not. */
  makeDue(): Promise<boolean>;
  /** Deletes the backups of this installation in `folder` that `retention` does not keep. */
  forget(folder: string, retention: Retention, options?: { readonly dryRun?: boolean }): Promise<Forgotten>;
  /** What a backup says of itself. @throws PalestraError `backup_damaged`, `backup_foreign`, `backup_incompatible` */
  inspect(file: FileHandle): Promise<BackupFacts>;
  /** How many rows the database has now, by table. */
  rows(): Promise<Readonly<Record<string, number>>>;
  /**
   * Changes nothing unless the backup is sound. What is needed meanwhile is in the server's folder of backups.
   * @throws PalestraError `backup_damaged`, `backup_foreign`, `backup_incompatible`, `conflict`
   */
  restore(file: FileHandle): Promise<{ readonly createdAt: string }>;
}

export const backupService: ServiceRef<BackupService> = serviceRef('backup');
