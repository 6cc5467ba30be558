/** What the people of a gym are told about its records, and everybody else. */
import { type Call, type GymService, type GymTask, includes, permissionDenied } from '@palestra/core';
import { recordNotFound } from '../errors.js';
import type { RecordRow, RecordStore } from '../store.js';

/**
 * The record, for those who may do `task` at the gym that sold it. Other gyms' records do not exist for the people of a
 * gym; who works for none may do nothing here.
 * @throws PalestraError 404, 403
 */
export type RecordOfGym = (id: number, task: GymTask, call: Call) => Promise<RecordRow>;

export function createRecordOfGym(records: RecordStore, gyms: GymService): RecordOfGym {
  return async (id, task, { principal }) => {
    const record = await records.find(id);
    if (record && (await gyms.may(task, record.recipient_id, principal))) return record;
    const works = includes(principal.privilege, 'coach') || (await gyms.placesOf(principal)).length > 0;
    throw works ? recordNotFound(id) : permissionDenied();
  };
}
