/** What the supervisor and its workers send each other over their IPC channel. */

/** From a worker. */
export type WorkerMessage =
  /** It accepts connections. */
  | { readonly palestra: 'serving'; readonly url: string }
  /** For every other worker. */
  | { readonly palestra: 'tell'; readonly topic: string }
  /** Asks every worker, itself included. */
  | { readonly palestra: 'gather'; readonly id: number; readonly topic: string }
  | { readonly palestra: 'answer'; readonly id: number; readonly text: string };

/** From the supervisor. */
export type SupervisorMessage =
  | { readonly palestra: 'told'; readonly topic: string }
  | { readonly palestra: 'ask'; readonly id: number; readonly topic: string }
  /** The answers, by the number of the worker; 0 is the supervisor. */
  | { readonly palestra: 'gathered'; readonly id: number; readonly texts: readonly (readonly [number, string])[] };

/** Plugins and libraries may use the same channel. */
export function isMessage<Message extends WorkerMessage | SupervisorMessage>(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'palestra' in message;
}

/** How a worker knows which one it is: `2/4` is the second of four. Without the prefix of settings, since it is none. */
export const numberVariable = 'WORKER_OF_PALESTRA';
