/** The prompt for a password shows nothing of what is typed, not even what is typed before it. */
import { PassThrough, Writable } from 'node:stream';
import { expect } from 'chai';
import type { CommandContext } from '../../src/cli/command.js';
import { readPassword } from '../../src/cli/password.js';

describe('the prompt for a password', () => {
  /** A terminal that notes in which order its echo goes off and something is written to it. */
  function createTerminal() {
    const events: string[] = [];
    const stdin = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (raw: boolean) => void events.push(raw ? 'silent' : 'echo'),
    });
    const stderr = new Writable({
      write(chunk: Buffer, _encoding, done) {
        events.push(chunk.toString());
        done();
      },
    });
    const context = { environment: {}, terminal: { stdin, stderr, stdout: stderr } } as unknown as CommandContext;
    return { context, stdin, events };
  }

  it('is silent before it is shown, and says nothing of what was typed', async () => {
    const { context, stdin, events } = createTerminal();
    stdin.write('correct horse\rcorrect horse\r');
    expect(await readPassword(context)).to.equal('correct horse');
    expect(events).to.deep.equal(['silent', 'Password: ', '\n', 'The same again: ', '\n', 'echo']);
  });

  const refusals: readonly (readonly [what: string, typed: string, says: string])[] = [
    ['two that differ', 'correct horse\rbattery staple\r', 'The two passwords differ.'],
    ['an empty one', '\r\r', 'No password was given.'],
    ['a Ctrl-C', '\u0003', 'No password was given.'],
  ];
  for (const [what, typed, says] of refusals) {
    it(`refuses ${what}, and gives the terminal back`, async () => {
      const { context, stdin, events } = createTerminal();
      stdin.write(typed);
      expect(await readPassword(context).catch((error: Error) => error.message)).to.equal(says);
      expect(events).to.include('echo');
    });
  }
});
