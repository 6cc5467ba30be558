/** How plugins fill the server of `palestra demo`: by calling operations, theirs and those of plugins they require. */
import type { Role } from '../privilege.js';

/** An account of the demo; there is one at least of every role. */
export interface DemoPerson {
  readonly username: string;
  readonly role: Exclude<Role, 'guest'>;
  readonly accountId: number;
}

export interface DemoRequest {
  /** Who calls: the user name of a person, or the token of a machine. */
  readonly as: string | { readonly token: string };
  /** Of the path. */
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number>>;
  /** Sent as JSON. */
  readonly body?: object;
}

export interface DemoHost {
  readonly people: readonly DemoPerson[];
  /**
   * Calls an operation over HTTP, as any client does; the body of its answer.
   * @throws Error for an answer that is not a success
   */
  // biome-ignore lint/suspicious/noExplicitAny: a plugin reads what the operations answer
  call(operationId: string, request: DemoRequest): Promise<any>;
  /** The token of the secure provisioner. */
  provisioner(): Promise<string>;
  /** Shows a line to the person who started the demo, such as a token to try. */
  print(line: string): void;
}
