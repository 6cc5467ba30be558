/** A transaction of the host, passed to the statements and services that take part in it; see `Database.unitOfWork`. */
export interface Unit {
  /** 1 at the first try; after a deadlock and the like the whole function runs again. */
  readonly attempt: number;
  /** Runs after COMMIT has succeeded; never after a rollback. */
  afterCommit(action: () => void): void;
}
