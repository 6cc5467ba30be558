/** What others see of events: where they are emitted, kept and subscribed to. */
import { type EventHandler, type ServiceRef, type Subscription, serviceRef } from '@palestra/core';
import type { Unit } from '../database/types.js';
import type { EventEmitter } from '../plugin/events.js';

export interface DueDelivery {
  readonly event_id: number;
  readonly attempts: number;
  readonly due_at: number;
  readonly name: string;
  readonly data: string;
  readonly occurred_at: number;
}

/** Between two tries to deliver an event. */
export const longestPauseMs: number = 60 * 60_000;

export interface Outbox {
  /** The id of the new event. */
  add(event: { name: string; data: string; occurred_at: number }, unit: Unit): Promise<number>;
  /** Until it is removed, the event is still to be delivered to `subscriber`. */
  addDelivery(delivery: { event_id: number; subscriber: string; due_at: number }, unit: Unit): Promise<void>;
  /** What is due now, what has been due longest first. */
  due(subscriber: string, now: number, limit: number): Promise<DueDelivery[]>;
  /** Postpones a due delivery to `until`; false if another instance was first. */
  claim(subscriber: string, delivery: DueDelivery, until: number): Promise<boolean>;
  /** After a failure: when the delivery that was claimed until `from` is tried next. */
  postpone(subscriber: string, delivery: DueDelivery, from: number, until: number): Promise<void>;
  /** When the oldest event that `subscriber` has not taken occurred; undefined if it has taken all. */
  oldest(subscriber: string): Promise<number | undefined>;
  remove(subscriber: string, delivery: DueDelivery): Promise<void>;
  /** Deletes events from before `before` that every subscriber has taken; returns how many. */
  purge(before: number): Promise<number>;
}

/** By event name. */
export type EventHandlers = ReadonlyMap<string, EventHandler<never>>;

export interface Events extends EventEmitter {
  /** @throws Error for two subscriptions to one event */
  subscribe(subscriber: string, subscriptions: readonly Subscription[]): void;
  readonly outbox: Outbox;
  readonly subscribers: ReadonlyMap<string, EventHandlers>;
  /** Called after a commit with the subscribers of an event. */
  onEmitted(listener: (subscribers: readonly string[]) => void): void;
}

export const eventsService: ServiceRef<Events> = serviceRef('events');
