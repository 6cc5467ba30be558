/** How a plugin tells other plugins what happened. */
import type { Unit } from '../database/types.js';

export interface EventEmitter {
  /** In the transaction of `unit`; without a subscriber nothing is written. */
  emit(unit: Unit, name: string, data: Readonly<Record<string, unknown>>): Promise<void>;
}
