/** docs/firmware.md, replayed: each request is sent as it is printed, and the answer must be the one printed below it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect } from 'chai';
import { type StamsHost, startStamsHost } from './stams-host.js';

const page = readFileSync(new URL('../../../../docs/firmware.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```http\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

interface Message {
  readonly start: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

function parse(text: string): Message {
  const [head = '', body = ''] = text.split('\n\n');
  const [start = '', ...lines] = head.trimEnd().split('\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(': ') + 2)]),
  );
  return { start, headers, body: body.trimEnd() };
}

describe('docs/firmware.md', () => {
  let host: StamsHost;
  /** The value of `<a placeholder>`, learned from the answer that has it first. */
  const known = new Map<string, string>();

  before(async () => {
    host = await startStamsHost();
    known.set('provisioner_token', host.provisioner);
    known.set('admin_token', host.admin.token);
    await host.club();
    const json = { gameConfigDTO: { name: 'Star Sprint', rounds: 3 } };
    await host.request('POST', '/api/v1/add_game', { token: host.admin.token, json });
  });
  after(() => host.stop());

  const filled = (text: string) => text.replace(/<([^>]+)>/g, (placeholder, name) => known.get(name) ?? placeholder);

  /** Equal, where a new placeholder matches anything and is learned. */
  function expectAs(printed: string, actual: string): void {
    const names: string[] = [];
    const pattern = filled(printed)
      .split(/<[^>]+>/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('(.+?)');
    for (const [, name] of filled(printed).matchAll(/<([^>]+)>/g)) names.push(name ?? '');
    const match = new RegExp(`^${pattern}$`).exec(actual);
    if (!match) expect(actual).to.equal(filled(printed));
    names.forEach((name, index) => {
      if (name !== 'server time') known.set(name, match?.[index + 1] ?? '');
    });
  }

  async function send(text: string): Promise<Message> {
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    const [head = '', body = ''] = text.split('\n\n');
    // Closed after the answer, so that its end can be seen.
    socket.write(`${head.trimEnd().replaceAll('\n', '\r\n')}\r\nConnection: close\r\n\r\n${body.trimEnd()}`);
    await once(socket, 'close');
    return parse(Buffer.concat(chunks).toString().replaceAll('\r\n', '\n'));
  }

  it('prints requests and answers in turn', () => {
    expect(blocks).to.have.length.above(20);
    const forms = [/^[A-Z]+ \/api\/v1\//, /^HTTP\/1\.1 /];
    for (const [index, block] of blocks.entries()) expect(block).to.match(forms[index % 2] as RegExp);
  });

  for (let index = 0; index + 1 < blocks.length; index += 2) {
    const [request = '', answer = ''] = blocks.slice(index);
    const title = `${request.split(' HTTP')[0]} → ${answer.split('\n')[0]?.slice(9)}`;
    it(`${index / 2 + 1}. ${title}`, async () => {
      const sent = parse(request);
      if (sent.body) expect(sent.headers.get('content-length')).to.equal(String(Buffer.byteLength(sent.body)));
      const printed = parse(answer);
      const actual = await send(filled(request));
      expectAs(printed.start, actual.start);
      expectAs(printed.body, actual.body);
      for (const [name, value] of printed.headers) expectAs(value, actual.headers.get(name) ?? `no ${name}`);
    });
  }
});
