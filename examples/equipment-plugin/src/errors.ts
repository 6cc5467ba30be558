/** What can only fail here; joins the host's catalogue. */
import { type ErrorFact, PalestraError } from '@palestra/core';

export const errors: { readonly equipmentTypeInUse: ErrorFact } = {
  equipmentTypeInUse: {
    code: 'equipment_type_in_use',
    status: 409,
    exceptionType: 'EquipmentTypeInUseError',
    title: 'Equipment of the type exists',
  },
};

export function typeInUse(name: string, cause: unknown): PalestraError {
  return new PalestraError(errors.equipmentTypeInUse, `There is equipment of the type ${name}.`, { cause });
}
