/** What no answer may be, whatever was asked. */
import { familyOf, type OpenApiDocument, type ResponseObject, type Schema } from '@palestra/core';
import { resolve } from '../../packages/server/src/contract/operations.js';
import { type Validator, validatorsOf } from '../../packages/server/src/contract/validate.js';
import type { FuzzRequest } from './requests.js';

export interface FuzzAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What is wrong with the answer, in a sentence that is the same for all of its kind; undefined for a good one. */
export type Judge = (request: FuzzRequest, answer: FuzzAnswer) => string | undefined;

const leaks =
  /[Ss][Qq][Ll]ite|[Mm]aria[Dd][Bb]|[Mm]y[Ss][Qq][Ll]|knex|node_modules|SQLITE_|\bER_[A-Z]{3}|\bat .+\.(ts|js):\d+|\/tmp\//;

export function createJudge(document: OpenApiDocument): Judge {
  const validators = validatorsOf(document);
  const compiled = new Map<string, Validator>();

  function validator(key: string, schema: Schema): Validator {
    const known = compiled.get(key) ?? validators.schema(schema);
    compiled.set(key, known);
    return known;
  }

  function judgeBody(request: FuzzRequest, answer: FuzzAnswer): string | undefined {
    const { operation } = request;
    const response = operation.object.responses[answer.status] ?? operation.object.responses.default;
    if (!response) return `answers ${answer.status}, which is not described`;
    const { content } = resolve<ResponseObject>(document, response);
    const type = String(answer.headers['content-type'] ?? '').split(';', 1)[0] ?? '';
    if (!content || answer.status === 204 || answer.status === 304)
      return answer.body === '' ? undefined : 'has a body that is not described';
    const schema = content[type]?.schema;
    if (!schema) return `answers ${answer.status} as ${type}, which is not described`;
    if (!/json/.test(type)) return undefined;
    const value = parse(answer.body);
    if (value === undefined) return 'answers what is no JSON';
    const validate = validator(`${operation.id} ${answer.status} ${type}`, schema);
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    return `answers ${answer.status} off its schema: ${error?.instancePath.replace(/\d+/g, 'N')} ${error?.message}`;
  }

  return (request, answer) => {
    const { status, headers, body } = answer;
    if (status === 0) return 'gets no answer';
    if (status >= 500 && !isDeliberate(answer)) return `answers ${status}`;
    if (headers['x-request-id'] === undefined && status !== 400 && status !== 431) return 'has no request id';
    if (status >= 400 && leaks.test(body)) return `answers ${status} with something of its inside`;
    const other = request.method !== request.operation.method.toUpperCase();
    if (other || isElsewhere(request, status)) return judgeFailure(request, answer);
    return judgeBody(request, answer);
  };

  /** Not of any operation: then only the family's form is known. */
  function judgeFailure({ target }: FuzzRequest, { status, headers, body }: FuzzAnswer): string | undefined {
    if (status < 400 || body === '') return undefined;
    const value = parse(body);
    const problem = String(headers['content-type']).includes('problem');
    const name = problem ? 'Problem' : familyOf(target) === 'club' ? 'ClubFailure' : 'Failure';
    if (!String(headers['content-type']).includes('json')) return undefined;
    return validator(name, { $ref: `#/components/schemas/${name}` })(value)
      ? undefined
      : `answers ${status}, not as ${name}`;
  }
}

/** 503 by its name in the catalogue, and 502 for a provider that is not there. */
function isDeliberate({ status, body }: FuzzAnswer): boolean {
  return (status === 503 && body.includes('UnavailableError')) || status === 502;
}

/** A path whose parameter was mutated may match no operation. */
function isElsewhere({ operation }: FuzzRequest, status: number): boolean {
  return operation.path.includes('{') && (status === 404 || status === 405);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
