/** Loaded into the tests by `npm run examples`: appends what each `fetch` sends and is answered to a file, a line each. */
import { appendFileSync } from 'node:fs';

const file = process.env.EXAMPLES_TRAFFIC;
const original = globalThis.fetch;

if (file !== undefined) {
  globalThis.fetch = async (input, init) => {
    const response = await original(input, init);
    await record(input, init, response.clone());
    return response;
  };
}

/** JSON, and answers without a body. */
async function record(input, init, response) {
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text();
  if (text !== '' && !type.startsWith('application/json')) return;
  const url = new URL(input instanceof Request ? input.url : input);
  const body = typeof init?.body === 'string' ? parsed(init.body) : undefined;
  const answer = parsed(text);
  const method = (init?.method ?? 'GET').toLowerCase();
  const line = { method, path: url.pathname, body, status: response.status, answer };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
