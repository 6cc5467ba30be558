/** How a plugin tells other plugins what happened. */
import type { EventRef } from '@palestra/core';
import type { Unit } from '../database/types.js';

export interface EventEmitter {
  /**
   * In the transaction of `unit`; without a subscriber nothing is written.
   * @throws Error for an event that the plugin does not declare in `emits`
   */
  emit<Data extends object>(unit: Unit, event: EventRef<Data>, data: Data): Promise<void>;
}
