/** An app developer, who follows `docs/sdk.md` against the demo: its blocks are one program. */
import ts from 'typescript';
import { type Path, startDemo } from './journey.js';

/** What the page of a browser has beside Node's own. */
const page = `const items = new Map();
globalThis.localStorage = {
  getItem: (key) => items.get(key) ?? null,
  setItem: (key, value) => void items.set(key, value),
  removeItem: (key) => void items.delete(key),
};
`;

export const app: Path = async (own, host) => {
  const { url } = await startDemo(host);
  await own.install('@palestra/core', '@palestra/client');
  const blocks = own.page('docs/sdk.md').filter(({ kind }) => kind === 'ts');
  const program = blocks.map(({ text }) => text).join('\n');
  const options = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
  own.write('page.mjs', page);
  own.write('app.mjs', ts.transpile(program.replaceAll('https://gym.example', url), options));
  const printed = (await own.run('node --import ./page.mjs app.mjs')).trim().split('\n');
  const promised = [...program.matchAll(/\/\/ → (.*)$/gm)].flatMap(([, arrows = '']) => arrows.split(' → '));
  const missing = promised.filter((line) => !printed.includes(line));
  // The demo has more gyms and people than the arrows say, so that some numbers differ.
  if (missing.length * 3 > promised.length) {
    throw new Error(`docs/sdk.md says ${missing.join(' | ')}, and its program prints\n${printed.join('\n')}`);
  }
};
