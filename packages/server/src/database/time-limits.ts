/** How long a database server is waited for, in milliseconds. */
export interface TimeLimits {
  /** A statement, and COMMIT, after which its outcome is unknown. What takes longer is lost with its connection. */
  readonly statement: number;
  /** BEGIN, ROLLBACK and SET. */
  readonly control: number;
  /** Without an answer for so long, a connection gives up its place in the pool, so that others need not wait for it. */
  readonly silence: number;
  /** An idle connection that was not heard of for so long is asked before it is used, and has `ping` to answer. */
  readonly trusted: number;
  readonly ping: number;
  /** The TCP connection, the handshake and the settings of the session together. */
  readonly connect: number;
  /** A free or new connection of the pool. */
  readonly acquire: number;
  /** What is under way when the database is closed; it is cut off then. */
  readonly close: number;
}

export const timeLimits: TimeLimits = {
  statement: 15_000,
  control: 5_000,
  silence: 3_000,
  trusted: 5_000,
  ping: 1_000,
  connect: 2_500,
  acquire: 5_000,
  close: 1_000,
};
