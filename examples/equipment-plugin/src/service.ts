/** What other plugins may ask of equipment: `requires: { equipment: want(equipmentService) }`. */
import { type ServiceRef, serviceRef } from '@palestra/core';

export interface EquipmentService {
  /** By its integer id; undefined if there is none. */
  find(id: number): Promise<{ readonly name: string; readonly type: string | null } | undefined>;
}

export const equipmentService: ServiceRef<EquipmentService> = serviceRef('equipment');
