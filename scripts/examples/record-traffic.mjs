/**
 * Loaded into the tests by `npm run examples`: appends what each request by `node:http`, which the test client uses, sends
 * and is answered to a file, a line each.
 */
import { appendFileSync } from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const file = process.env.EXAMPLES_TRAFFIC;
const original = http.request;

if (file !== undefined) {
  http.request = (...args) => {
    const request = original(...args);
    const sent = [];
    for (const method of ['write', 'end']) collect(request, method, sent);
    return request.prependOnceListener('response', (message) => {
      const received = [];
      // A listener for `data` would start the stream before the test's own is there.
      collect(message, 'push', received);
      message.once('end', () => record(request, textOf(sent), message, textOf(received)));
    });
  };
  syncBuiltinESMExports();
}

/** What is given to a method as its first argument, as long as it is text or bytes. */
function collect(stream, method, chunks) {
  const wrapped = stream[method];
  stream[method] = function (chunk, ...rest) {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
    return wrapped.call(this, chunk, ...rest);
  };
}

const textOf = (chunks) => Buffer.concat(chunks).toString();

/** JSON, and answers without a body. */
function record({ method, path }, sent, { statusCode, headers }, received) {
  if (received !== '' && !(headers['content-type'] ?? '').startsWith('application/json')) return;
  const { pathname } = new URL(path, 'http://localhost');
  const exchange = { body: parsed(sent), status: statusCode, answer: parsed(received) };
  appendFileSync(file, `${JSON.stringify({ method: method.toLowerCase(), path: pathname, ...exchange })}\n`);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
