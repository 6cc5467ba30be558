/** Sends fixtures in their order, each by an account that just may. */
import { formatAuthorization, isJsonObject, isMachineScope, type Privilege, schemes } from '@palestra/core';
import type { DescribedOperation } from '../contract/operations.js';
import type { Answer } from '../testing/types.js';
import { explain } from './explain.js';
import type { Caller } from './requests.js';
import type { AccountIds, Answers, Fixture, RawRequest } from './types.js';

export interface Tried {
  readonly fixture: Fixture;
  /** Empty if the answer is the one that is described. */
  readonly faults: readonly string[];
  /** Undefined if it was not sent. */
  readonly sent?: Sent;
}

export interface Sent {
  readonly operation: DescribedOperation;
  /** With its authorization. */
  readonly request: RawRequest;
}

export async function runFixtures(
  fixtures: readonly Fixture[],
  caller: Caller,
  onTried: (tried: Tried) => Promise<void>,
): Promise<void> {
  if (fixtures.length === 0) return;
  const answers: Record<string, unknown> = {};
  const people = await caller.accounts.people();
  for (const fixture of fixtures) {
    const tried = await tryFixture(fixture, caller, answers, people).catch((error) => ({
      fixture,
      faults: [explain(error)],
    }));
    await onTried(tried);
  }
}

async function tryFixture(
  fixture: Fixture,
  caller: Caller,
  answers: Record<string, unknown>,
  people: AccountIds,
): Promise<Tried> {
  const { operation: id, name = id, status } = fixture;
  const operation = caller.find(id);
  if (!operation) return { fixture, faults: ['There is a fixture for it, and no such operation.'] };
  const plain = requestOf(fixture, answers, people);
  const { request, answer } = await sendAs(fixture, { operation, request: plain }, caller, answers);
  answers[name] = answer.body;
  const isRight = status === undefined ? answer.status >= 200 && answer.status < 300 : answer.status === status;
  const wrong = `The fixture ${name} was answered ${answer.status}: ${answer.text.slice(0, 300)}${caller.reasonOf(answer)}`;
  return { fixture, sent: { operation, request }, faults: isRight ? caller.faultsOf(operation, answer) : [wrong] };
}

async function sendAs(
  { as, token }: Fixture,
  { operation, request }: Sent,
  caller: Caller,
  answers: Answers,
): Promise<{ readonly request: RawRequest; readonly answer: Answer }> {
  const privilege = as ?? privilegeFor(operation, request.body);
  const given = token?.(answers);
  if (given !== undefined && isMachineScope(privilege)) caller.accounts.adopt(privilege, given);
  const send = async (again: boolean) => {
    const authorization =
      given === undefined
        ? await caller.accounts.authorization(privilege, again)
        : formatAuthorization(schemes.bearer, given);
    const authorized = { ...request, authorization };
    return { request: authorized, answer: await caller.send(operation, authorized) };
  };
  const first = await send(false);
  // What an earlier fixture did, such as raising a role, may have ended the token.
  return first.answer.status === 401 && given === undefined ? send(true) : first;
}

function requestOf(fixture: Fixture, answers: Answers, people: AccountIds): RawRequest {
  const parts = (['params', 'query', 'body', 'headers'] as const).flatMap((part) => {
    const given = fixture[part];
    return given === undefined ? [] : [[part, typeof given === 'function' ? given(answers, people) : given]];
  });
  return Object.fromEntries(parts);
}

/** The lowest that may. */
function privilegeFor({ object }: DescribedOperation, body: unknown): Privilege {
  const declared = object['x-privilege'];
  if (declared === undefined) return 'guest';
  if (typeof declared !== 'object') return declared;
  const operation = isJsonObject(body) ? String(body.operation) : '';
  return declared[operation] ?? Object.values(declared)[0] ?? 'guest';
}
