/** The part of the host's log that is used here. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}
