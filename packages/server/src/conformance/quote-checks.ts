/** Strings with quotes are data: none of them becomes SQL, and none makes an operation fail. */
import { randomBytes } from 'node:crypto';
import type { DescribedOperation } from '../contract/operations.js';
import type { Answer } from '../testing/types.js';
import { strongest } from './answer-checks.js';
import { runFixtures, type Sent } from './fixtures.js';
import type { Caller } from './requests.js';
import { type Place, stringPlaces } from './strings.js';
import type { RawRequest, Subject, Verdict } from './types.js';
import type { Watched } from './watched-plugin.js';

const quotes = ["'", '"'] as const;

/**
 * Each string of each operation once with either quote: after its fixture, so that what it refers to is there, and on a
 * host of its own, since some of these requests succeed.
 */
export async function takesQuotes({ fixtures = [] }: Subject, caller: Caller, watched: Watched): Promise<Verdict> {
  const faults = new Map<string, string>();
  const tried = new Set<string>();
  const tryAll = async ({ operation, request }: Sent) => {
    tried.add(operation.id);
    for (const place of stringPlaces(caller, operation, request)) {
      for (const quote of quotes) {
        const fault = await faultWith(quote, place, { operation, request }, caller, watched);
        if (fault !== undefined) faults.set(`${operation.id} ${place.name}`, `${operation.id}: ${fault}`);
      }
    }
  };
  await runFixtures(fixtures, caller, async ({ sent }) => {
    if (sent && isOwn(sent.operation, caller)) await tryAll(sent);
  });
  for (const operation of caller.operations.filter(({ id }) => !tried.has(id))) {
    await tryAll({ operation, request: { authorization: await caller.accounts.authorization(strongest(operation)) } });
  }
  return [...faults.values()].slice(0, 20);
}

function isOwn({ id }: DescribedOperation, { operations }: Caller): boolean {
  return operations.some((operation) => operation.id === id);
}

async function faultWith(
  quote: string,
  place: Place,
  { operation, request }: Sent,
  caller: Caller,
  watched: Watched,
): Promise<string | undefined> {
  const marker = randomBytes(4).toString('hex');
  const text = place.longest > marker.length ? marker + quote : quote.repeat(Math.max(1, Math.min(place.longest, 2)));
  if (text.startsWith(marker)) watched.lookFor(marker);
  const send = (changed: RawRequest) => caller.send(operation, { ...changed, authorization: request.authorization });
  const answer = await send(place.with(text));
  if (watched.found.has(marker)) return `the text in ${place.name} becomes part of the SQL. Pass it as a parameter.`;
  return failed(answer)
    ? `a quote in ${place.name} was answered ${answer.status}${caller.reasonOf(answer)}`
    : undefined;
}

/** 502 and 503 are answers of a plugin that calls another system. */
function failed({ status }: Answer): boolean {
  return status >= 500 && status !== 502 && status !== 503;
}
