/** A firmware team at a bench: `npx palestra demo`, the token that it prints, and the requests of `docs/firmware.md`. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Path, startDemo } from './journey.js';

export const firmware: Path = async (own, host) => {
  const demo = await startDemo(host);
  const token = /Token of the STAMS .*: (\S+)/.exec(demo.printed())?.[1];
  if (!token) throw new Error(`The demo prints no token of a STAMS:\n${demo.printed()}`);
  const known = new Map([['stams_token', token]]);
  const blocks = own.page('docs/firmware.md').filter(({ kind }) => kind === 'http');
  let sent = 0;
  for (let at = 0; at + 1 < blocks.length; at += 2) {
    const request = fill(blocks[at]?.text ?? '', known);
    // What an admin or the line in the factory sends needs a token of theirs.
    if (request.includes('_token>')) continue;
    const answer = await send(new URL(demo.url), request);
    const printed = blocks[at + 1]?.text ?? '';
    learn(known, printed, answer);
    const [expected, found] = [printed, answer].map((text) => text.split('\n', 1)[0]);
    if (expected !== found) throw new Error(`${request}\nis answered ${answer}\nand in docs/firmware.md\n${printed}`);
    sent += 1;
  }
  if (sent < 8) throw new Error(`Only ${sent} requests of docs/firmware.md could be sent.`);
};

function fill(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(/<([^>]+)>/g, (placeholder, name: string) => known.get(name) ?? placeholder);
}

/** The value of each header that the page leaves open, such as an ETag. */
function learn(known: Map<string, string>, printed: string, answer: string): void {
  for (const [, header = '', name = ''] of printed.matchAll(/^([\w-]+): "<([^>]+)>"$/gm)) {
    const value = new RegExp(`^${header}: "(.*)"$`, 'im').exec(answer)?.[1];
    if (value !== undefined) known.set(name, value);
  }
}

async function send({ port }: URL, text: string): Promise<string> {
  const socket = connect(Number(port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const [head = '', body = ''] = text.split('\n\n');
  // Closed after the answer, so that its end can be seen.
  socket.write(`${head.trimEnd().replaceAll('\n', '\r\n')}\r\nConnection: close\r\n\r\n${body.trimEnd()}`);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString().replaceAll('\r\n', '\n');
}
