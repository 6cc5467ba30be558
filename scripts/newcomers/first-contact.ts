/** Somebody who has read the first screens of the README: the demo's answer, the install lines, the server of twelve lines. */
import { type Path, same, startDemo } from './journey.js';

export const firstContact: Path = async ({ install, page, port, run, serve, write }, host) => {
  const blocks = page('README.md');
  const consoles = blocks.filter(({ kind }) => kind === 'console').map(({ text }) => examplesIn(text));
  const [ofDemo = [], ofServer = []] = consoles;
  const lines = blocks.filter(({ kind }) => kind === 'sh').map(({ text }) => text);
  const installs = /npm install \.\.\/packs\/palestra-\{([^}]*)\}\S*(.*)\n/.exec(lines.join('\n'));
  if (!installs) throw new Error('The README has no line that installs a server.');
  const [, ours = '', others = ''] = installs;
  await install(...ours.split(',').map((name) => `@palestra/${name}`), ...others.trim().split(' '));

  const answer = async (examples: readonly Example[], at: string) => {
    for (const { command, output } of examples) {
      same((await run(command.replace('curl', 'curl -sS').replace(':3000', at))).trimEnd(), output, command);
    }
  };
  const [server = ''] = blocks.filter(({ kind }) => kind === 'js').map(({ text }) => text);
  const free = String(await port());
  write('server.mjs', server.replace('3000', free));
  await serve('node server.mjs', { url: `http://127.0.0.1:${free}/livez` });
  await answer(ofServer, `:${free}`);

  // In a clone, `npm run demo` is the same command with the same plugins.
  const demo = await startDemo(host);
  await answer(ofDemo, `:${new URL(demo.url).port}`);
};

interface Example {
  readonly command: string;
  readonly output: string;
}

/** Commands with what they print. */
function examplesIn(text: string): Example[] {
  return [...text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)+)/gm)].map(([, command = '', output = '']) => ({
    command,
    output: output.trimEnd(),
  }));
}
