/** What operations answer to the plugin's fixtures, to callers without the privilege, and to nonsense. */
import { includes, isRole, ladder, type Privilege, type Role, rankOf } from '@palestra/core';
import type { DescribedOperation } from '../contract/operations.js';
import { runFixtures } from './fixtures.js';
import type { Caller } from './requests.js';
import type { RawRequest, Subject, Verdict, Verdicts } from './types.js';

/** A verdict for each operation: those without a fixture are skipped, and named. */
export async function answerChecks({ fixtures = [] }: Subject, caller: Caller): Promise<Verdicts> {
  const faults = new Map<string, string[]>();
  await runFixtures(fixtures, caller, async ({ fixture, faults: found }) => {
    faults.set(fixture.operation, [...(faults.get(fixture.operation) ?? []), ...found]);
  });
  const own = caller.operations.map(({ id }) => id);
  const others = [...faults].filter(([id, found]) => !own.includes(id) && found.length > 0);
  return [
    ...others.map(([id, found]) => [`${id} answers as described`, found] as const),
    ...own.map((id) => [`${id} answers as described`, faults.get(id) ?? { skip: 'no fixture' }] as const),
  ];
}

export async function refusesTheUnprivileged(caller: Caller): Promise<Verdict> {
  const faults: string[] = [];
  for (const operation of caller.operations) {
    if (operation.object['x-public']) continue;
    for (const { privilege, request, who } of intruders(operation)) {
      const answer = await caller.send(operation, {
        ...request,
        authorization: await caller.accounts.authorization(who),
      });
      const expected = who === 'guest' ? 401 : 403;
      if (answer.status !== expected) {
        faults.push(`${operation.id} answers ${answer.status} to ${who}, where ${privilege} is due.`);
      }
    }
  }
  return faults;
}

interface Intruder {
  readonly privilege: Privilege;
  readonly who: Privilege;
  readonly request: RawRequest;
}

function intruders({ object }: DescribedOperation): Intruder[] {
  const declared = object['x-privilege'] ?? 'dba';
  const demands: [Privilege, RawRequest][] =
    typeof declared === 'object'
      ? Object.entries(declared).map(([name, privilege]) => [privilege, { body: { operation: name, data: {} } }])
      : [[declared, {}]];
  return demands.flatMap(([privilege, request]) =>
    [...new Set<Privilege>(['guest', nextBelow(privilege)])].map((who) => ({ privilege, request, who })),
  );
}

/** The highest privilege that is not enough. */
function nextBelow(privilege: Privilege): Privilege {
  if (!isRole(privilege)) return 'dba';
  return ladder.find((role: Role) => rankOf(role) > rankOf(privilege) && !includes(role, privilege)) ?? 'guest';
}

const texts: readonly (string | undefined)[] = [
  undefined,
  '',
  '{',
  'null',
  '[]',
  '"text"',
  '{}',
  '{"__proto__":{"a":1}}',
  '{"operation":"drop","data":{}}',
  '{"operation":"create","data":{"no_such_field":1}}',
  '{"operation":"create","data":{"name":{"$ne":null}}}',
  '{"operation":"query","data":{"find":-1}}',
  '{"operation":"query","data":{"name":{"contains":["%"]}}}',
  '{"operation":"update","data":{}}',
  `{"operation":"update","data":{"_id":"999999999999","name":${JSON.stringify('x'.repeat(5_000))}}}`,
  `${'['.repeat(100)}${']'.repeat(100)}`,
];

const values = ['999999999', 'x', '-1', '1.5', "1' OR '1'='1", '%', 'x'.repeat(500), '__proto__'];

/** Sent with every privilege, so that what is refused is refused for itself. */
export async function refusesBadInput(caller: Caller): Promise<Verdict> {
  const faults: string[] = [];
  for (const operation of caller.operations) {
    const authorization = await caller.accounts.authorization(strongest(operation));
    for (const request of nonsense(operation)) {
      const answer = await caller.send(operation, { ...request, authorization });
      const deliberate = answer.status === 502 || answer.status === 503;
      const found =
        answer.status >= 500 && !deliberate
          ? [`answers ${answer.status}${caller.reasonOf(answer)}`]
          : caller.faultsOf(operation, answer);
      const sent = JSON.stringify({ ...request, authorization: undefined }).slice(0, 200);
      faults.push(...found.map((fault) => `${operation.id} ${fault}, asked ${sent}.`));
    }
  }
  return [...new Set(faults)].slice(0, 20);
}

export function strongest({ object }: DescribedOperation): Privilege {
  const declared = object['x-privilege'];
  if (declared === undefined) return 'guest';
  return typeof declared === 'object' || isRole(declared) ? 'dba' : declared;
}

function nonsense({ object, path, parameters }: DescribedOperation): RawRequest[] {
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
  const queries = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  return [
    {},
    ...(object.requestBody ? texts.map((text): RawRequest => ({ text })) : []),
    ...names.flatMap((name) => values.map((value): RawRequest => ({ params: { [name]: value } }))),
    ...['no_such_parameter', ...queries].flatMap((name) =>
      values.map((value): RawRequest => ({ query: { [name]: value } })),
    ),
  ];
}
