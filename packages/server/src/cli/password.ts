/** A password for a command: asked for without echo, or the first line of standard input; never an argument, which `ps` shows. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from './command.js';

export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/** @throws UsageError if there is none, or the two that were typed differ */
export async function readPassword(
  given: string | undefined,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  if (given !== undefined) return given;
  if (!terminal.input.isTTY) return firstLine(terminal.input);
  const password = await ask('Password: ', terminal);
  if ((await ask('Once more: ', terminal)) !== password) throw new UsageError('The two passwords differ.');
  return password;
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input });
  try {
    for await (const line of lines) return line;
  } finally {
    lines.close();
  }
  throw new UsageError('Give the password on standard input, or in PALESTRA_USER_PASSWORD.');
}

async function ask(question: string, { input, output }: Terminal): Promise<string> {
  output.write(question);
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: silence, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    output.write('\n');
  }
}
