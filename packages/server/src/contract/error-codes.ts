/** The codes that each operation can answer, as an enum in its problem documents, out of the one catalogue. */
import {
  catalogue,
  type ErrorFact,
  type Family,
  familyOf,
  type OperationObject,
  problemMediaType,
  problemTypePrefix,
  type ResponseObject,
} from '@palestra/core';

type Responses = Record<string, unknown>;

/** Statuses that `default` stands for: those of the host, whatever the operation. */
const ofTheHost: ReadonlySet<number> = new Set([413, 415, 429, 500, 502, 503]);

/** Codes that only some operations answer; all others belong to every operation that has their status. */
const conditions: Readonly<Record<string, (operation: OperationObject) => boolean>> = {
  invalid_operation: (operation) => operation['x-resource'] !== undefined,
  seal_required: (operation) => operation['x-sealed'] !== undefined,
  seal_invalid: (operation) => operation['x-sealed'] !== undefined,
};

/** Refers to a response of `components.responses` that has the operation's codes; adds it where there is none yet. */
export function withErrorCodes(operation: OperationObject, path: string, responses: Responses): OperationObject {
  const family = familyOf(path);
  const coded = Object.entries(operation.responses).map(([status, response]) => {
    const name = '$ref' in response ? response.$ref.replace('#/components/responses/', '') : undefined;
    const shared = (name === undefined ? response : responses[name]) as ResponseObject | undefined;
    if (!shared?.content?.[problemMediaType]) return [status, response];
    const [common, own] = partition(codesOf(status, family), (code) => conditions[code] === undefined);
    const special = [
      ...own.filter((code) => conditions[code]?.(operation)),
      ...(operation['x-errors']?.[status] ?? []),
    ].sort();
    const described = withCodes(shared, [...common, ...special]);
    if (name === undefined) return [status, described];
    const variant = freeName(responses, [name, ...special.map(pascalCase)].join(''), status, described);
    responses[variant] = described;
    return [status, { $ref: `#/components/responses/${variant}` }];
  });
  return { ...operation, responses: Object.fromEntries(coded) };
}

/** Codes that an operation of the composed document answers under `status`, or `default`. */
function codesOf(status: string, family: Family): string[] {
  const statusOf = (fact: ErrorFact) => (family === 'club' && fact.clubStatus) || fact.status;
  const belongs = (fact: ErrorFact) =>
    status === 'default' ? ofTheHost.has(statusOf(fact)) : statusOf(fact) === Number(status);
  return Object.values<ErrorFact>(catalogue)
    .filter(belongs)
    .map(({ code }) => code)
    .sort();
}

function withCodes(response: ResponseObject, codes: readonly string[]): ResponseObject {
  const types = codes.map((code) => `${problemTypePrefix}${code}`).sort();
  const schema = {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { type: { enum: types } } }],
  };
  return { ...response, content: { ...response.content, [problemMediaType]: { schema } } };
}

/** A response that one operation has under several statuses has other codes under each. */
function freeName(responses: Responses, name: string, status: string, described: ResponseObject): string {
  const present = responses[name] as ResponseObject | undefined;
  const typesOf = (response: ResponseObject | undefined) => JSON.stringify(response?.content?.[problemMediaType]);
  const isOther = typesOf(present)?.includes('"enum"') && typesOf(present) !== typesOf(described);
  return isOther ? `${name}${status}` : name;
}

function partition<Item>(items: readonly Item[], holds: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(holds), items.filter((item) => !holds(item))];
}

/** `qr_invalid` is `QrInvalid` in the name of a component. */
function pascalCase(code: string): string {
  return code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
