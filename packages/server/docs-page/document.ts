/** The parts of an OpenAPI document that the page reads, and how it is shown: sealed bodies by their plaintext. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
}

export interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
  readonly example?: unknown;
}

interface MediaType {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value?: unknown }>>;
}

export interface Operation {
  readonly operationId: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly $ref?: string; readonly content?: Readonly<Record<string, MediaType>> };
  readonly 'x-sealed'?: string;
  readonly 'x-public'?: boolean;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly tags?: readonly { readonly name: string }[];
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly servers?: readonly { readonly url: string }[];
}

/** The document with bodies of sealed operations described by what is encrypted: the page encrypts it (`sealing.ts`). */
export function withPlaintexts(document: OpenApi): OpenApi {
  const paths = mapValues(document.paths, (item) =>
    mapValues(item, (operation) => (isSealedBody(operation) ? withPlaintext(operation) : operation)),
  );
  return { ...document, paths };
}

export function isSealedBody(operation: Operation | undefined): operation is Operation & { 'x-sealed': string } {
  return operation?.['x-sealed'] !== undefined && operation.requestBody !== undefined;
}

function withPlaintext(operation: Operation & { 'x-sealed': string }): Operation {
  const schema = { $ref: `#/components/schemas/${operation['x-sealed']}` };
  const note = 'This page encrypts the body before it sends it, as `@palestra/client` does.';
  return {
    ...operation,
    description: [operation.description, note].filter(Boolean).join('\n\n'),
    requestBody: { content: { 'application/json': { schema } } },
  };
}

/** The operation that a request is for; `path` is below the server's URL. */
export function operationAt(document: OpenApi, method: string, path: string): Operation | undefined {
  const parts = path.split('/');
  const fits = (template: string) => {
    const wanted = template.split('/');
    return wanted.length === parts.length && wanted.every((part, at) => part.startsWith('{') || part === parts[at]);
  };
  const templates = Object.keys(document.paths).filter(fits);
  const [best] = templates.sort((a, b) => a.split('{').length - b.split('{').length);
  return best === undefined ? undefined : document.paths[best]?.[method.toLowerCase()];
}

export function resolve<Value extends { readonly $ref?: string }>(document: OpenApi, value: Value): Value {
  if (value.$ref === undefined) return value;
  const parts = value.$ref.slice(2).split('/');
  const found = parts.reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], document);
  return (found ?? value) as Value;
}

function mapValues<Value>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
