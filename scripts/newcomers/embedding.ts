/** A team with a Koa app, who follows `docs/embedding.md`: its first program, CommonJS, and every other block compiled. */
import { join } from 'node:path';
import { type CompilerOptions, complaintsOf } from '../testing/type-check.js';
import { type Path, same } from './journey.js';

const options: CompilerOptions = {
  target: 'es2023',
  module: 'nodenext',
  strict: true,
  skipLibCheck: true,
  types: ['node'],
  noEmit: false,
};

export const embedding: Path = async ({ folder, install, page, port, run, serve, write }) => {
  const blocks = page('docs/embedding.md');
  const line = /^npm install (.*)$/m.exec(blocks.find(({ kind }) => kind === 'sh')?.text ?? '');
  if (!line?.[1]) throw new Error('docs/embedding.md does not begin with a line that installs it.');
  // What they depend on comes with them, and is no package of a registry yet.
  await install(...line[1].split(' '), '@palestra/core');

  const free = String(await port());
  const programs = blocks.filter(({ kind }) => kind === 'ts').map(({ text }) => text);
  const files = programs.map((_, at) => join(folder, `block-${at}.mts`));
  for (const [at, text] of programs.entries()) write(`block-${at}.mts`, text.replace('3000', free));
  same((await complaintsOf(files, options)).join('\n'), '', 'tsc');

  const app = await serve('node block-0.mjs', { url: `http://127.0.0.1:${free}/` });
  same(await run(`curl -sS ${app.url}`), 'your own app', `GET ${app.url}`);
  const key = await run(`curl -sS ${app.url}backend/api/gpk`);
  if (!key.includes('publicKey')) throw new Error(`The prefix of docs/embedding.md answers ${key}`);
  await app.stop();

  const required = blocks.find(({ kind, text }) => kind === 'js' && text.includes('require('))?.text ?? '';
  write('host.cjs', `${required}console.log(typeof createPalestra, gym.name);\n`);
  same((await run('node --no-warnings host.cjs')).trim(), 'function gym', 'CommonJS');
};
