/** Whether a contender answers what Palestra answers: the same bytes, or the same members where ids and times differ. */

import { ask, requestsOf } from './ask.js';
import type { Contender } from './contender.js';
import type { Answer } from './http.js';
import type { Workload } from './workloads.js';

/** Undefined where it does; otherwise what differs. */
export async function difference(
  contender: Contender,
  workload: Workload,
  expected: Answer | undefined,
): Promise<{ readonly answer: Answer; readonly fault: string | undefined }> {
  const [request] = await requestsOf(contender, workload, 1);
  if (!request) throw new TypeError(`${workload.name} asks nothing.`);
  const answer = await ask(contender, request);
  const fault = faultOf(workload, answer, expected);
  if (fault !== undefined || workload.repeated === undefined) return { answer, fault };
  const again = await ask(contender, request);
  const replayed = workload.repeated in again.headers && again.text === answer.text;
  return { answer, fault: replayed ? undefined : 'did not answer the same again' };
}

function faultOf({ same, status }: Workload, answer: Answer, expected: Answer | undefined): string | undefined {
  // Some frameworks answer every POST with 201.
  const wanted = status === 200 ? [200, 201] : [status];
  if (!wanted.includes(answer.status)) return `answered ${answer.status} ${answer.text.slice(0, 200)}`;
  if (!expected || same === 'status') return undefined;
  if (same === 'bytes' && answer.text !== expected.text)
    return `answered ${firstDifference(answer.text, expected.text)}`;
  if (same === 'shape' && shapeOf(answer.text) !== shapeOf(expected.text)) {
    return `answered ${shapeOf(answer.text)} instead of ${shapeOf(expected.text)}`;
  }
  return undefined;
}

function firstDifference(text: string, expected: string): string {
  let at = 0;
  while (text[at] === expected[at]) at++;
  return `…${text.slice(Math.max(0, at - 30), at + 50)}… instead of …${expected.slice(Math.max(0, at - 30), at + 50)}…`;
}

function shapeOf(text: string): string {
  return JSON.stringify(JSON.parse(text), (name, value: unknown) =>
    typeof value === 'object' && value !== null ? value : name === '' ? typeof value : true,
  );
}
