/** What is read and written of equipment beside the resource engine. */
import { type Database, databaseFault } from '@palestra/server/plugin';
import { typeInUse } from './errors.js';

export interface EquipmentType {
  readonly name: string;
  /** Equipment of the type. */
  readonly count: number;
}

export interface Store {
  hasType(name: string): Promise<boolean>;
  /** Makes the type, unless there is one. */
  ensureType(name: string, now: number): Promise<void>;
  types(): Promise<EquipmentType[]>;
  /** False if there is none. @throws PalestraError `equipment_type_in_use` */
  removeType(name: string): Promise<boolean>;
  /** Once an event, however often it is told. */
  countVisit(eventId: string, occurredAt: number): Promise<void>;
  visits(): Promise<number>;
}

export function createStore(database: Database): Store {
  const type = database.statement((knex, parameter) =>
    knex('equipment_type').select('name').where('name', parameter('name')),
  );
  const addType = database.statement((knex, parameter) =>
    knex('equipment_type').insert({ name: parameter('name'), created_at: parameter('now') }),
  );
  const types = database.statement<EquipmentType>((knex) =>
    knex('equipment_type')
      .leftJoin('equipment', 'equipment.type_name', 'equipment_type.name')
      .groupBy('equipment_type.name')
      .orderBy('equipment_type.name')
      .select('equipment_type.name')
      .count({ count: 'equipment.id' }),
  );
  const removeType = database.statement((knex, parameter) =>
    knex('equipment_type').where('name', parameter('name')).delete(),
  );
  const addVisit = database.statement((knex, parameter) =>
    knex('equipment_visit').insert({ event_id: parameter('event_id'), occurred_at: parameter('occurred_at') }),
  );
  const visits = database.statement<{ visits: number }>((knex) => knex('equipment_visit').count({ visits: '*' }));

  return {
    hasType: async (name) => (await type.first({ name })) !== undefined,
    ensureType: (name, now) => unlessThere(() => addType.run({ name, now })),
    types: () => types.all(),
    async removeType(name) {
      try {
        return (await removeType.run({ name })).affected === 1;
      } catch (error) {
        throw databaseFault(error)?.kind === 'reference' ? typeInUse(name, error) : error;
      }
    },
    countVisit: (eventId, occurredAt) =>
      unlessThere(() => addVisit.run({ event_id: eventId, occurred_at: occurredAt })),
    visits: async () => (await visits.first())?.visits ?? 0,
  };
}

/** The key says whether it is there, also to two who ask at once. */
async function unlessThere(insert: () => Promise<unknown>): Promise<void> {
  try {
    await insert();
  } catch (error) {
    if (databaseFault(error)?.kind !== 'duplicate') throw error;
  }
}
