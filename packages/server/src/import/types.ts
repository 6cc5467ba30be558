/** What the import of an older system's data asks for and tells. */
import { type ServiceRef, serviceRef } from '@palestra/core';
import type { AuditActor } from '../plugin/audit.js';

export interface ImportRequest {
  /** Holds a file of JSON lines for each collection. */
  readonly folder: string;
  readonly actor: AuditActor;
  /** Writes nothing. */
  readonly dryRun: boolean;
  /** Called after every few lines. */
  readonly progress?: (collection: string, lines: number) => void;
}

export interface LineFault {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly detail: string;
}

export interface CollectionReport {
  readonly collection: string;
  readonly imported: number;
  /** Brought by an earlier run. */
  readonly present: number;
  readonly faults: number;
}

export interface DataImportReport {
  readonly collections: readonly CollectionReport[];
  /** The first of them. */
  readonly faults: readonly LineFault[];
}

export interface ImportService {
  /**
   * The row that had this id in an older system. `name` is that of the member, the parameter or the path that holds it;
   * where it names no table, undefined also if rows of several tables had the id.
   */
  rowOf(legacyId: string, name?: string): Promise<number | undefined>;
  /** The collections that there are, in the order in which they are imported. */
  collections(): readonly string[];
  /** @throws Error for a folder that cannot be read, or has files of no collection */
  run(request: ImportRequest): Promise<DataImportReport>;
}

export const importService: ServiceRef<ImportService> = serviceRef('import');
