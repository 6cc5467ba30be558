/** `docs/operations.md` is true: it names every command, every variable and the limits of the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPalestra } from '@palestra/server';
import { commands, hostVariables } from '@palestra/server/cli';
import { expect } from 'chai';
import { plugins } from '../palestra.config.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const guide = readFileSync(`${root}docs/operations.md`, 'utf8');
const known = [...Object.values(hostVariables), ...createPalestra({ plugins, dataDir: 'never-opened' }).variables()];
const names = known.flatMap(({ name }) => [name, `${name}_FILE`]);

describe('the guide of operations', () => {
  it('names every variable', () => {
    expect(known.filter(({ name }) => !guide.includes(`| \`${name}\` |`))).to.deep.equal([]);
  });

  it('names every command', () => {
    expect(commands.filter(({ name }) => !guide.includes(`| \`palestra ${name}`))).to.deep.equal([]);
  });

  it('says the limits that the server has', () => {
    const serve = readFileSync(`${root}packages/server/src/http/serve.ts`, 'utf8');
    const limit = (name: string) => Number(new RegExp(`${name}: ([\\d_]+)`).exec(serve)?.[1]?.replaceAll('_', ''));
    expect(guide).to.include(`| ${limit('headersTimeout') / 1000} s, 16 KiB (431) |`);
    expect(guide).to.include(
      `| ${limit('requestTimeout') / 1000} s; found within ${limit('connectionsCheckingInterval') / 1000} s more`,
    );
    expect(guide).to.include(`| idle connection | ${limit('keepAliveTimeout') / 1000} s |`);
    expect(guide).to.include(`| ${limit('maxConnections').toLocaleString('en')}; further ones are dropped |`);
  });
});

describe('the documents', () => {
  const docs = readdirSync(`${root}docs`).filter((file) => file.endsWith('.md'));
  const pages = ['README.md', ...docs.map((file) => `docs/${file}`)];
  /** Of the quickstart and of the tests. */
  const others = ['PALESTRA_URL', 'PALESTRA_LOCKER_GREETING'];

  for (const page of pages) {
    it(`name no variable that nothing reads: ${page}`, () => {
      const text = readFileSync(root + page, 'utf8');
      const named = [...new Set(text.match(/\bPALESTRA_[A-Z_]*[A-Z]\b/g))];
      expect(named.filter((name) => !names.includes(name) && !others.includes(name))).to.deep.equal([]);
    });
  }
});
