/** What others see of backups. */
import type { FileHandle } from 'node:fs/promises';
import { type ServiceRef, serviceRef } from '@palestra/core';
import type { Manifest } from './manifest.js';

/** A file as `sha256sum` and `stat` describe it. */
export interface FileFacts {
  readonly sha256: string;
  readonly bytes: number;
}

interface MadeBackup extends FileFacts {
  readonly createdAt: string;
}

interface CheckedBackup {
  readonly manifest: Manifest;
  /** Replaces the running database, which nothing else may use meanwhile. */
  switchOver(): Promise<void>;
  discard(): Promise<void>;
}

export interface Backups {
  /** @throws Error `EEXIST` if there is such a file */
  create(path: string): Promise<MadeBackup>;
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
  /** @throws Error `EEXIST` if there is such a file; PalestraError `conflict` */
  create(path: string): Promise<MadeBackup>;
  /** A backup in the server's own folder, under a name of the server's. @throws PalestraError `conflict` */
  keep(): Promise<MadeBackup & { readonly path: string }>;
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
