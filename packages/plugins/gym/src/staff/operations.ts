/** Lists, adds and removes the staff of a gym, and lists the gyms where somebody works. */
import {
  type AccountsService,
  type AccountView,
  accountIdOf,
  type Call,
  type Clock,
  formatId,
  type GymTask,
  type GymView,
  gymTasks,
  type Handlers,
  includes,
  invalidRequest,
  invalidResourceParameter,
  type Principal,
  parseId,
  permissionDenied,
  reply,
  requiredForRequest,
  resourceNotFound,
  type Staff,
} from '@palestra/core';
import { type Audit, type Database, databaseFault, type Resource, type Unit } from '@palestra/server/plugin';
import type { components, GymTypes, operations } from '../contract.generated.js';
import type { StaffMember, StaffStore } from './store.js';

type Schemas = components['schemas'];
type ShownMember = Schemas['GymStaffMember'];
type Workplace = Schemas['Workplace'];
type StaffOperations = Pick<operations, 'listGymStaff' | 'addGymStaff' | 'removeGymStaff' | 'listWorkplaces'>;

export interface StaffOptions {
  readonly database: Database;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly accounts: AccountsService;
  readonly gyms: Resource<GymTypes>;
  readonly find: (id: number) => Promise<GymView | undefined>;
  readonly access: Staff<GymTask>;
  readonly staff: StaffStore;
}

export function createStaffOperations(options: StaffOptions): Handlers<StaffOperations> {
  const { database, accounts, gyms, access, staff, clock } = options;

  /** @throws PalestraError 404, 403 for callers who do not manage the gym */
  async function managed(text: string, { principal }: Call, unit?: Unit): Promise<number> {
    const id = parseId(text) ?? 0;
    const gym = unit ? await gyms.lock(id, unit) : await gyms.find(id);
    if (!gym) throw resourceNotFound('Gym', text);
    if (!(await access.may('manage', id, principal, unit))) throw permissionDenied();
    return id;
  }

  return {
    async listGymStaff({ params }, call) {
      const members = await staff.of(await managed(params.id, call));
      const people = new Map((await accounts.findMany(members.map(({ user }) => user))).map((each) => [each.id, each]));
      return members.map((member) => shownOf(member, people.get(member.user)));
    },

    async addGymStaff({ params, body }, call) {
      await managed(params.id, call);
      const account = await personOf(body, call.principal, accounts);
      const added = await database
        .unitOfWork(async (unit) => {
          const gym = await managed(params.id, call, unit);
          const before = await staff.find(gym, account.id, unit);
          const usernameKnown = body.username !== undefined || before?.usernameKnown === true;
          const member = { user: account.id, may: body.may, usernameKnown };
          const isNew = await staff.put(gym, member, clock.now(), unit);
          await record(options, { gym, call, before, after: member }, unit);
          return { isNew, member };
        })
        .catch((error: unknown) => {
          throw databaseFault(error)?.kind === 'reference' ? unknownPerson('user') : error;
        });
      return reply(added.isNew ? 201 : 200, shownOf(added.member, account));
    },

    async removeGymStaff({ params }, call) {
      const user = parseId(params.user) ?? 0;
      const leaves = accountIdOf(call.principal) === user;
      await database.unitOfWork(async (unit) => {
        const id = parseId(params.id) ?? 0;
        const gym = leaves && (await gyms.lock(id, unit)) ? id : await managed(params.id, call, unit);
        const before = await staff.find(gym, user, unit);
        if (!before || !(await staff.remove(gym, user, unit))) throw resourceNotFound('Staff', params.user);
        await record(options, { gym, call, before, after: undefined }, unit);
      });
      return {};
    },

    listWorkplaces: (_, { principal }) => workplacesOf(principal, options),
  };
}

async function workplacesOf(principal: Principal, { access, find }: StaffOptions): Promise<Workplace[]> {
  const account = accountIdOf(principal);
  const shown = (await access.placesOf(principal)).map(async (id): Promise<Workplace[]> => {
    const gym = await find(id);
    const allowed = await Promise.all(gymTasks.map((task) => access.may(task, id, principal)));
    const may = gymTasks.filter((_, at) => allowed[at]);
    // One that was deleted or left meanwhile.
    if (!gym || may.length === 0) return [];
    return [{ gym: formatId(id), name: gym.name, owner: gym.owner === account, may }];
  });
  return (await Promise.all(shown)).flat();
}

interface StaffChange {
  readonly gym: number;
  readonly call: Call;
  readonly before: StaffMember | undefined;
  readonly after: StaffMember | undefined;
}

function record({ audit }: StaffOptions, { gym, call, before, after }: StaffChange, unit: Unit): Promise<void> {
  const states = { ...(before && { before }), ...(after && { after }) };
  return audit.record(unit, call, { action: 'gym.staff', object: `gym/${formatId(gym)}`, ...states });
}

/** Exactly one of `user`, `username` and `email` says who. @throws PalestraError 400 */
async function personOf(
  body: Schemas['GymStaffCreation'],
  { privilege }: Principal,
  accounts: AccountsService,
): Promise<AccountView> {
  const ways = {
    user: (id: string) => accounts.find(parseId(id) ?? 0),
    username: (name: string) => accounts.findByUsername(name),
    email: (email: string) => accounts.findByEmail(email),
  } as const;
  const given = (['user', 'username', 'email'] as const).filter((way) => body[way] !== undefined);
  const [way, another] = given;
  if (way === undefined) throw requiredForRequest('user', '/user');
  if (another !== undefined) throw invalidRequest(`Send ${way} or ${another}, not both`, `/${another}`);
  const account = await ways[way](String(body[way]));
  // An id tells nothing of an admin, who may do everything at every gym already.
  const hidden = account && way === 'user' && includes(account.role, 'admin') && !includes(privilege, 'admin');
  if (!account || hidden) throw unknownPerson(way);
  return account;
}

function unknownPerson(way: string): Error {
  return invalidResourceParameter(way, 'User', `/${way}`);
}

function shownOf({ user, may, usernameKnown }: StaffMember, account: AccountView | undefined): ShownMember {
  const { username = null, firstName = null, lastName = null } = account ?? {};
  return { user: formatId(user), username: usernameKnown ? username : null, firstName, lastName, may: [...may] };
}
