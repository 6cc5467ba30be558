/** Reads a password: from a prompt without echo, or the first line of standard input; never from an argument, which `ps` shows. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { textLinesOf } from '../files/lines.js';
import type { CommandContext, Terminal } from './command.js';
import { UsageError } from './errors.js';

/** @throws UsageError if there is none, or the two that were typed differ */
export async function readPassword({ environment, terminal }: CommandContext): Promise<string> {
  if (environment.userPassword !== undefined) return environment.userPassword;
  if (!terminal.stdin.isTTY) return firstLine(terminal);
  const [password = '', again = ''] = await askSilently(['Password: ', 'The same again: '], terminal);
  if (password === '') throw new UsageError('No password was given.');
  if (password !== again) throw new UsageError('The two passwords differ.');
  return password;
}

async function firstLine({ stdin }: Terminal): Promise<string> {
  for await (const line of textLinesOf(stdin)) {
    if (line === undefined) throw new UsageError('The password must be UTF-8.');
    if (line !== '') return line;
  }
  throw new UsageError('Write the password to standard input, or set PALESTRA_USER_PASSWORD.');
}

/** The terminal's echo is off before the first question is shown, so that nothing that is typed early is seen. */
async function askSilently(questions: readonly string[], { stdin, stderr }: Terminal): Promise<string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  lines.on('SIGINT', () => lines.close());
  const typed = lines[Symbol.asyncIterator]();
  const answers: string[] = [];
  try {
    for (const question of questions) {
      stderr.write(question);
      const { value, done } = await typed.next();
      stderr.write('\n');
      if (done) break;
      answers.push(value);
    }
    return answers;
  } finally {
    lines.close();
  }
}
