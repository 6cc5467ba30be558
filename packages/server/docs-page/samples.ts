/** Code to copy for one operation: curl, the SDK, Python. */
import { type OpenApi, type Operation, resolve } from './document.js';
import { bodyExample } from './example.js';

export interface Sample {
  readonly title: string;
  readonly code: string;
}

interface Described {
  readonly operation: Operation;
  readonly method: string;
  readonly url: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** `shown` is the document as the page shows it, with the plaintext of sealed bodies. */
export function samplesOf(shown: OpenApi, base: string, method: string, path: string): Sample[] {
  const operation = shown.paths[path]?.[method];
  if (operation === undefined) return [];
  const values = parameterValues(shown, operation);
  const params = values('path', () => true);
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const described: Described = {
    operation,
    method: method.toUpperCase(),
    url: base + filled,
    params,
    query: values('query', (required) => required),
    body: bodyExample(shown, operation),
  };
  return [
    { title: 'curl', code: curl(described) },
    { title: 'SDK', code: sdk(described, base) },
    { title: 'Python', code: python(described) },
  ];
}

type Values = (place: string, chosen: (required: boolean) => boolean) => Record<string, unknown>;

function parameterValues(document: OpenApi, { parameters = [] }: Operation): Values {
  const resolved = parameters.map((each) => resolve(document, each));
  return (place, chosen) =>
    Object.fromEntries(
      resolved
        .filter((each) => each.in === place && chosen(each.required ?? false))
        .map(({ name, example, schema }) => [name, example ?? schema?.example ?? schema?.examples?.[0] ?? '1']),
    );
}

function isSealed({ operation }: Described): boolean {
  return operation['x-sealed'] !== undefined;
}

function withQuery({ url, query }: Described): string {
  const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? url : `${url}?${text}`;
}

const sealedBody = { sealed: '<the JSON, encrypted for the key of /api/gpk>' };

function sent(described: Described): unknown {
  return isSealed(described) && described.body !== undefined ? sealedBody : described.body;
}

function authorization(described: Described): string | undefined {
  if (isSealed(described) && described.body === undefined) return 'tnt-user-auth-scheme <sealed credentials>';
  return described.operation['x-public'] ? undefined : 'Bearer $TOKEN';
}

function curl(described: Described): string {
  const body = sent(described);
  const header = authorization(described);
  const lines = [
    `curl ${described.method === 'GET' ? '' : `-X ${described.method} `}'${withQuery(described)}'`,
    ...(header === undefined ? [] : [`-H "Authorization: ${header}"`]),
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`]),
  ];
  return lines.join(' \\\n  ');
}

function sdk(described: Described, base: string): string {
  const { operation, params, query, body } = described;
  const request = Object.fromEntries(
    Object.entries({ params, query, body }).filter(([, value]) => value !== undefined && !isEmpty(value)),
  );
  const args = isEmpty(request) ? '' : `, ${JSON.stringify(request, null, 2)}`;
  return [
    "import { createClient } from '@palestra/client';",
    '',
    `const client = createClient({ baseUrl: ${JSON.stringify(base)} });`,
    ...(operation['x-public'] ? [] : ["await client.auth.signIn({ username: 'jon', password: '…' });"]),
    `const answer = await client.call('${operation.operationId}'${args});`,
  ].join('\n');
}

function python(described: Described): string {
  const body = sent(described);
  const header = authorization(described);
  const args = [
    `"${described.method}"`,
    JSON.stringify(withQuery(described)),
    ...(header === undefined ? [] : [`headers={"Authorization": f"${header.replace('$TOKEN', '{token}')}"}`]),
    ...(body === undefined ? [] : [`json=${pythonValue(body)}`]),
  ];
  return ['import requests', '', `answer = requests.request(${args.join(', ')})`, 'print(answer.json())'].join('\n');
}

function pythonValue(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)}: ${pythonValue(each)}`)
    .join(', ')}}`;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
