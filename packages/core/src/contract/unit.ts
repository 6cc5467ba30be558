/** The host's transaction, as far as a service of another plugin passes it on. */
export interface UnitRef {
  /** 1 at the first try. */
  readonly attempt: number;
}
