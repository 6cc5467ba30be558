/** Why a command ends without its result. */

/** A mistake in how a command was called: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What stops a command, with what to do about it: shown as it is, exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
