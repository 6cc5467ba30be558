/** How long transactions of SQLite that arrive together are gathered for one COMMIT, in milliseconds. */
export interface CommitTimes {
  /** None begins later than so long after the first: other writers and the event loop wait. */
  readonly gather: number;
  /**
   * So long others wait for the COMMIT while a unit of work waits for something else than the database. It is then
   * undone and run again by itself. Undefined: they wait.
   */
  readonly setAside: number | undefined;
}

export const commitTimes: CommitTimes = { gather: 10, setAside: 20 };
