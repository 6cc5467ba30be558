/** `docs/operations.md` is true: the variables it names are those that the commands read, and its limits those of the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('..', import.meta.url));
const guide = readFileSync(`${root}docs/operations.md`, 'utf8');
const cli = `${root}packages/server/src/cli`;
const code = readdirSync(cli, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(`${cli}/${file}`, 'utf8'))
  .join('\n');

const variables = (text: string): string[] => [...new Set(text.match(/\bPALESTRA_[A-Z_]+\b/g))].sort();
const isWechat = (name: string) => name.startsWith('PALESTRA_WECHAT_');

describe('the guide of operations', () => {
  it('names every variable that a command reads, WeChat by its prefix', () => {
    const named = variables(guide);
    expect(variables(code).filter((name) => !isWechat(name) && !named.includes(name))).to.deep.equal([]);
  });

  it('names none that no command reads', () => {
    const read = variables(code);
    expect(variables(guide).filter((name) => !isWechat(name) && !read.includes(name))).to.deep.equal([]);
  });

  it('names every command', () => {
    const commands = [...code.matchAll(/^ {2}(\w+): \w+Command,$/gm)].map((match) => match[1] ?? '');
    expect(commands).to.include.members(['serve', 'backup', 'restore']);
    const explained = ['plugin', 'upgrade', 'openapi', 'migrate'];
    const missing = commands.filter(
      (name) => !explained.includes(name) && !new RegExp(`palestra ${name}\\b`).test(guide),
    );
    expect(missing).to.deep.equal([]);
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
