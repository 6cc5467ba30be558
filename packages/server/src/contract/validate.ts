/**
 * Validators of the composed document: requests always, answers in tests. Each is compiled when it is first used, in some
 * milliseconds: all of them together would be a third of a start, and as much memory as all else that a server holds. It is
 * kept as long as the document: a host that starts again, and another one with the same document, find it compiled.
 */
import { isJsonObject, type OpenApiDocument, type ParameterObject, type Schema } from '@palestra/core';
import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { once } from '../async/once.js';
import { createAjv } from './ajv.js';

/** True if the value is valid; else `errors` says what is not. */
export interface Validator {
  (value: unknown): boolean;
  errors?: readonly ErrorObject[] | null;
}

/** The document's identity inside ajv, so that its `#/components/…` references resolve. */
const documentId = 'https://palestra.invalid/openapi';

export interface Validators {
  /** A schema of the document by JSON pointer, such as `/components/schemas/GymFields`. */
  at(pointer: string): Validator;
  /** A schema that may refer to the document's components; the same object is compiled once. */
  schema(schema: Schema): Validator;
  /** Parameters of one place (`query`, `path`, `header`), turned into the numbers and booleans they stand for. */
  parameters(parameters: readonly ParameterObject[], place: ParameterObject['in']): Validator | undefined;
  /** What each of them needs, one part in a turn, so that the first one that is used only compiles its own schema. */
  readonly shared: readonly (() => unknown)[];
}

const validatorsByDocument = new WeakMap<OpenApiDocument, Validators>();

/** The same validators for everyone who asks for the same document. */
export function validatorsOf(document: OpenApiDocument): Validators {
  const validators = validatorsByDocument.get(document) ?? createValidators(document);
  validatorsByDocument.set(document, validators);
  return validators;
}

function createValidators(document: OpenApiDocument): Validators {
  const strict = once(() => ajvFor(document, false));
  const coercing = once(() => ajvFor(document, true));
  const byPointer = new Map<string, Validator>();
  const bySchema = new WeakMap<Schema, Validator>();
  const byParameters = new Map<string, Validator>();

  function lazily(compile: () => ValidateFunction): Validator {
    const compiled = once(compile);
    const validate: Validator = (value) => {
      const validateNow = compiled();
      const isValid = validateNow(value);
      validate.errors = validateNow.errors ?? null;
      return isValid;
    };
    return validate;
  }

  return {
    at(pointer) {
      const compile = () => strict().compile({ $ref: `${documentId}#${pointer}` });
      const validate = byPointer.get(pointer) ?? lazily(compile);
      byPointer.set(pointer, validate);
      return validate;
    },
    schema(schema) {
      const validate = bySchema.get(schema) ?? lazily(() => strict().compile(rebase(schema)));
      bySchema.set(schema, validate);
      return validate;
    },
    parameters: (parameters, place) => {
      const here = parameters.filter((parameter) => parameter.in === place);
      if (here.length === 0 && place !== 'query') return undefined;
      // Most operations share their parameters with others: none, a path's id, find and after.
      const schema = parametersSchema(here, place);
      const key = JSON.stringify(schema);
      const validate = byParameters.get(key) ?? lazily(() => coercing().compile(rebase(schema)));
      byParameters.set(key, validate);
      return validate;
    },
    shared: [strict, coercing],
  };
}

function ajvFor(document: OpenApiDocument, coerceTypes: boolean): Ajv2020 {
  // `verbose` puts the schema into an error, whose example says what is expected.
  const ajv = createAjv({ verbose: true, coerceTypes, useDefaults: coerceTypes });
  ajv.addSchema(document, documentId);
  return ajv;
}

function parametersSchema(parameters: readonly ParameterObject[], place: ParameterObject['in']): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    // A misspelt filter must not silently mean "all"; unknown headers are everybody's.
    ...(place === 'query' && { additionalProperties: false }),
  };
}

/** Makes the document's local references absolute. */
function rebase(schema: Schema): Schema {
  const rebased = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rebased);
    return isJsonObject(value) ? rebase(value) : value;
  };
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string' && value.startsWith('#') ? documentId + value : rebased(value),
    ]),
  );
}
