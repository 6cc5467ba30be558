/** Compiles each described operation at boot into what its requests need. */
import {
  isRole,
  type OpenApiDocument,
  type OperationObject,
  type Privilege,
  type RequestBodyObject,
  type ResponseObject,
  rankOf,
  type Schema,
} from '@palestra/core';
import { formMediaType, formReader } from '../contract/form.js';
import { type DescribedOperation, resolve } from '../contract/operations.js';
import type { Validator, Validators } from '../contract/validate.js';
import type { AnswerRule, AnyHandler, BodyRule, CompiledOperation, OperationLimits } from './exchange.js';
import { stepsFor } from './index.js';

/** Bytes. */
const defaultBodyLimit = 64 * 1024;
/** Seconds. */
const defaultAnswerWithin = 10;

export interface CompileOptions {
  readonly document: OpenApiDocument;
  readonly validators: Validators;
  /** By `operationId`. */
  readonly rateLimits: ReadonlyMap<string, OperationLimits>;
  /** Validate every response against the contract, and fail those that differ (tests). */
  readonly checkAnswers: boolean;
}

export function compileOperation(
  operation: DescribedOperation,
  handler: AnyHandler,
  options: CompileOptions,
): CompiledOperation {
  const { validators } = options;
  const declared = operation.object['x-privilege'];
  const privileges = typeof declared === 'object' ? declared : undefined;
  const rateLimits = options.rateLimits.get(operation.id);
  return {
    ...operation,
    steps: stepsFor({ ...operation, rateLimits }),
    rateLimits,
    privilege: privileges ? weakest(Object.values(privileges)) : (declared as Privilege | undefined),
    privileges,
    body: bodyRule(operation, options),
    validatePath: validators.parameters(operation.parameters, 'path'),
    validateQuery: validators.parameters(operation.parameters, 'query'),
    answer: answerRule(operation, options),
    handler,
    answerWithin: (operation.object['x-answer-within'] ?? defaultAnswerWithin) * 1_000,
  };
}

function weakest(privileges: readonly Privilege[]): Privilege | undefined {
  const roles = privileges.filter(isRole);
  return roles.sort((a, b) => rankOf(b) - rankOf(a))[0];
}

function bodyRule({ object, method, path }: DescribedOperation, options: CompileOptions): BodyRule | undefined {
  if (!object.requestBody) return undefined;
  const body = resolve<RequestBodyObject>(options.document, object.requestBody);
  const sealed = object['x-sealed'];
  const schema = body.content['application/json']?.schema;
  const reference = typeof schema?.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
  const pointer = sealed
    ? `/components/schemas/${sealed}`
    : `/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}/requestBody/content/application~1json/schema`;
  return {
    required: body.required ?? false,
    limit: object['x-body-limit'] ?? defaultBodyLimit,
    mediaTypes: Object.keys(body.content),
    readForm: schema && formMediaType in body.content ? formReader(options.document, schema) : undefined,
    name: object['x-resource'] ?? sealed ?? reference ?? 'the request',
    validate: (sealed || schema) && !isEnvelope(object) ? options.validators.at(encodeURI(pointer)) : undefined,
    validateData: isEnvelope(object) && schema ? dataRules(schema, options) : {},
  };
}

interface EnvelopeSchema extends Schema {
  readonly properties?: { readonly operation?: { readonly const?: unknown }; readonly data?: Schema };
}

/** Each alternative of an envelope is told by its `operation`. */
function dataRules(schema: Schema, { document, validators }: CompileOptions): Record<string, Validator> {
  const envelope = resolve<Schema>(document, schema);
  const alternatives = Array.isArray(envelope.oneOf) ? envelope.oneOf : [envelope];
  return Object.fromEntries(
    alternatives.flatMap((alternative) => {
      const { properties: { operation, data } = {} } = resolve<EnvelopeSchema>(document, alternative);
      return operation?.const === undefined || !data ? [] : [[String(operation.const), validators.schema(data)]];
    }),
  );
}

function isEnvelope(object: OperationObject): boolean {
  return typeof object['x-privilege'] === 'object';
}

function answerRule(operation: DescribedOperation, options: CompileOptions): AnswerRule {
  const statuses = Object.keys(operation.object.responses).filter((status) => /^2\d\d$/.test(status));
  const status = statuses[0];
  if (status === undefined) throw new Error(`${operation.id} describes no success.`);
  const mediaType = Object.keys(responseOf(operation.object, status, options.document).content ?? {})[0];
  return {
    status: Number(status),
    envelope: operation.family === 'resource' && operation.object['x-bare'] !== true,
    mediaType,
    check: options.checkAnswers ? answerCheck(operation, options) : undefined,
  };
}

function answerCheck(operation: DescribedOperation, options: CompileOptions): (status: number, body: unknown) => void {
  const compiled = new Map<number, Validator>();
  return (status, body) => {
    let validate = compiled.get(status);
    if (!validate) {
      const schema = responseOf(operation.object, String(status), options.document).content?.['application/json']
        ?.schema;
      if (!schema)
        throw new Error(`${operation.id} answers ${status} with JSON, which its contract does not describe.`);
      validate = options.validators.schema(schema);
      compiled.set(status, validate);
    }
    if (!validate(body)) {
      const faults = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
      throw new Error(`${operation.id} answers ${status} against its contract: ${faults.join('; ')}`);
    }
  };
}

function responseOf(object: OperationObject, status: string, document: OpenApiDocument): ResponseObject {
  const response = object.responses[status] ?? object.responses.default;
  if (!response) throw new Error(`${object.operationId} answers ${status}, which its contract does not describe.`);
  return resolve<ResponseObject>(document, response);
}
