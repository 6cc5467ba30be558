/** A sample as the HTTP request of one principal. */
import type { Account, RequestOptions } from '@palestra/server/testing';
import type { MatrixRow, PrincipalName, Whose } from '../../scripts/authorization.js';
import { type Sample, type Subject, samples } from './samples/index.js';
import type { World } from './world.js';

export interface SampleRequest {
  readonly method: string;
  readonly path: string;
  readonly options: RequestOptions;
  readonly sample: Sample;
}

/** `row` called by `principal` on an object of its own, or of somebody else. Each call makes another object. */
export async function requestOf(
  world: World,
  row: MatrixRow,
  { principal, whose }: { readonly principal: PrincipalName; readonly whose: Whose },
): Promise<SampleRequest> {
  const { accounts, stranger } = world;
  const owner = whose === 'own' ? (accounts as Readonly<Record<string, Account>>)[principal] : stranger;
  if (!owner) throw new Error(`${principal} owns nothing.`);
  const subject: Subject = { ...world, principal, whose, owner, stranger: whose === 'own' ? stranger : owner };
  const sample: Sample = (await samples[row.key]?.(subject)) ?? {};
  const json = row.envelope === undefined ? sample.json : { operation: row.envelope, data: sample.json };
  const request: SampleRequest = {
    method: row.operation.method.toUpperCase(),
    path: pathOf(row, sample),
    options: { ...(json !== undefined && { json }), ...(sample.headers && { headers: sample.headers }) },
    sample,
  };
  return sentBy(world, request, principal);
}

/** The same request with the token of `principal`, unless it says itself who sends it. */
export function sentBy(world: World, request: SampleRequest, principal: PrincipalName): SampleRequest {
  if (request.options.headers?.authorization !== undefined) return request;
  return { ...request, options: { ...request.options, token: world.token(principal) } };
}

function pathOf({ operation: { path } }: MatrixRow, { params = {}, query = '' }: Sample): string {
  const filled = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
  return filled + query;
}
