/** Examples of requests and answers, as `examples.json` beside a fragment has them, put into its operations. */
import { type ContractFragment, httpMethods, isJsonObject, type OperationObject } from '@palestra/core';

export interface OperationExample {
  readonly request?: unknown;
  /** Of an answer without a body there is none. */
  readonly answer?: unknown;
  readonly status: number;
}

/**
 * By `operationId`; of an envelope by `operationId operation`, such as `operateGym create`; where success has several
 * statuses by `operationId status`, such as `addGymStaff 201`.
 */
export type Examples = Readonly<Record<string, OperationExample>>;

const json = 'application/json';

/** @throws Error for an example of an operation that the fragment does not describe */
export function withExamples(contract: ContractFragment, examples: Examples): ContractFragment {
  const left = new Set(Object.keys(examples));
  const paths = structuredClone(contract.paths);
  for (const item of Object.values(paths)) {
    for (const method of httpMethods) {
      const operation = item[method];
      if (!operation) continue;
      for (const [key, example] of Object.entries(examples)) {
        const [id, part] = key.split(' ');
        if (id !== operation.operationId) continue;
        left.delete(key);
        add(operation, part, example);
      }
    }
  }
  for (const key of left) throw new Error(`examples.json: there is no operation ${key}`);
  return { ...contract, paths };
}

function add(
  operation: OperationObject,
  part: string | undefined,
  { request, answer, status }: OperationExample,
): void {
  const places = [
    [operation.requestBody, request],
    [operation.responses[status], answer],
  ] as const;
  for (const [place, value] of places) {
    const content = isJsonObject(place) && isJsonObject(place.content) ? place.content[json] : undefined;
    if (!isJsonObject(content) || value === undefined) continue;
    const media = content as { example?: unknown; examples?: Record<string, unknown> };
    if (part === undefined) media.example = value;
    else media.examples = { ...media.examples, [part]: { value } };
  }
}
