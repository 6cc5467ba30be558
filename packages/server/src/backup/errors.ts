/** Why a backup cannot be restored: three kinds, each with another remedy. */
import { type ErrorFact, PalestraError } from '@palestra/core';

const damaged: ErrorFact = {
  code: 'backup_damaged',
  status: 422,
  exceptionType: 'DamagedBackupError',
  title: 'The backup is damaged',
};

const foreign: ErrorFact = {
  code: 'backup_foreign',
  status: 422,
  exceptionType: 'ForeignBackupError',
  title: 'The backup is not of this installation',
};

const incompatible: ErrorFact = {
  code: 'backup_incompatible',
  status: 422,
  exceptionType: 'IncompatibleBackupError',
  title: 'The backup does not fit this version or database',
};

/** Joins the catalogue with the plugin. */
export const backupErrors: Readonly<Record<string, ErrorFact>> = {
  backupDamaged: damaged,
  backupForeign: foreign,
  backupIncompatible: incompatible,
};

/** Truncated, changed, or not what its manifest says: take another one. */
export function backupDamaged(what: string, cause?: unknown): PalestraError {
  return new PalestraError(damaged, `The backup is damaged: ${what}.`, { cause });
}

/** Signed with a key that is not in the keys folder: bring the folder that belongs to it. */
export function backupForeign(): PalestraError {
  return new PalestraError(foreign, 'The backup was not signed with a key of this installation.');
}

/** Made by a version or for a database that this one is not: start that one. */
export function backupIncompatible(what: string): PalestraError {
  return new PalestraError(incompatible, `The backup cannot be restored here: ${what}.`);
}

/** Of another database than the one that runs, which has a history already. */
export function otherHistory(table: string): PalestraError {
  return backupIncompatible(
    `it is of another database, and this one has been used: both have the same entries of ${table}. Restore it into a new, empty database`,
  );
}
