/** Events: typed names of what happens in one plugin, for others to subscribe to. */

/** Declared by the plugin that emits it (`emits`), and used by those that subscribe to it. */
export interface EventRef<Data extends object = object> {
  /** The plugin and what happened: `transaction.succeeded`. */
  readonly name: string;
  /** Never set; it carries the type. */
  readonly data?: Data;
}

export function eventRef<Data extends object>(name: string): EventRef<Data> {
  return { name };
}

/** Something that has happened, told to other plugins after its transaction has committed. */
export interface DomainEvent<Data extends object = object> {
  /** The same at every delivery, so that a subscriber can tell a repetition. */
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly occurredAt: number;
  readonly data: Data;
}

/** Called at least once per event, in no certain order; after a rejection it is called again later. */
export type EventHandler<Data extends object> = (event: DomainEvent<Data>) => Promise<void> | void;

export interface Subscription {
  readonly event: string;
  readonly handle: EventHandler<never>;
}

/** `subscriptions: [on(transactionEvents.used, ({ data }) => …)]` */
export function on<Data extends object>({ name }: EventRef<Data>, handle: EventHandler<Data>): Subscription {
  return { event: name, handle };
}
