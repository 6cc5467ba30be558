/** The staff of gyms in the database: who works where, and what each may do. */
import { type GymTask, gymTasks } from '@palestra/core';
import type { Database, Unit } from '@palestra/server/plugin';

export interface StaffMember {
  /** Account id. */
  readonly user: number;
  readonly may: readonly GymTask[];
  /** Whether the gym knows the user name. */
  readonly usernameKnown: boolean;
}

export interface StaffStore {
  /** By account id. */
  of(gym: number): Promise<StaffMember[]>;
  /** In a unit: kept from changes until its end. */
  find(gym: number, user: number, unit?: Unit): Promise<StaffMember | undefined>;
  /** Ids of the gyms where this account is staff. */
  gymsOf(user: number): Promise<number[]>;
  /** Adds or changes a member; true if it is new. The gym must be locked. */
  put(gym: number, member: StaffMember, now: number, unit: Unit): Promise<boolean>;
  /** False if the account was not staff. */
  remove(gym: number, user: number, unit: Unit): Promise<boolean>;
}

type Flags = Readonly<Record<`may_${GymTask}`, number>>;
type Row = Flags & { readonly user_id: number; readonly username_known: number };

const flagOf = (task: GymTask) => `may_${task}` as const;
const changed = [...gymTasks.map(flagOf), 'username_known'];
const columns = ['user_id', ...changed];

export function createStaffStore(database: Database): StaffStore {
  const all = database.statement<Row>((knex, parameter) =>
    knex('gym_staff')
      .select(columns)
      .where({ gym_id: parameter('gym') })
      .orderBy('user_id'),
  );
  const one = (held: boolean) =>
    database.statement<Row>((knex, parameter) => {
      const row = knex('gym_staff')
        .select(columns)
        .where({ gym_id: parameter('gym'), user_id: parameter('user') });
      return held ? row.forShare() : row;
    });
  const [found, heldMember] = [one(false), one(true)];
  const gyms = database.statement<{ gym_id: number }>((knex, parameter) =>
    knex('gym_staff')
      .select('gym_id')
      .where({ user_id: parameter('user') })
      .orderBy('gym_id'),
  );
  return {
    of: async (gym) => (await all.all({ gym })).map(toMember),
    async find(gym, user, unit) {
      const row = await (unit ? heldMember.first({ gym, user }, unit) : found.first({ gym, user }));
      return row && toMember(row);
    },
    gymsOf: async (user) => (await gyms.all({ user })).map(({ gym_id }) => gym_id),
    ...composeWrites(database),
  };
}

function composeWrites(database: Database): Pick<StaffStore, 'put' | 'remove'> {
  const member = { gym_id: 'gym_id', user_id: 'user_id' } as const;
  const insert = database.statement((knex, parameter) =>
    knex('gym_staff').insert(parameter.each([...columns, 'gym_id', 'created_at'])),
  );
  const update = database.statement((knex, parameter) =>
    knex('gym_staff').where(parameter.each(member)).update(parameter.each(changed)),
  );
  const remove = database.statement((knex, parameter) => knex('gym_staff').where(parameter.each(member)).delete());
  return {
    async put(gym_id, { user: user_id, may, usernameKnown }, now, unit) {
      const flags = Object.fromEntries(gymTasks.map((task) => [flagOf(task), may.includes(task) ? 1 : 0]));
      const row = { gym_id, user_id, ...flags, username_known: usernameKnown ? 1 : 0 };
      if ((await update.run(row, unit)).affected > 0) return false;
      await insert.run({ ...row, created_at: now }, unit);
      return true;
    },
    remove: async (gym_id, user_id, unit) => (await remove.run({ gym_id, user_id }, unit)).affected > 0,
  };
}

function toMember(row: Row): StaffMember {
  const may = gymTasks.filter((task) => row[flagOf(task)] !== 0);
  return { user: row.user_id, may, usernameKnown: row.username_known !== 0 };
}
