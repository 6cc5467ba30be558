/** A plugin with six fields, one of them a reference, and an operation of its own: how much of it is written by hand. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { runIn } from '../packages/server/test/cli/palestra.js';
import { compile } from '../scripts/pack.js';
import { compiler } from '../scripts/set-up.mjs';
import { repository } from '../scripts/workspace.js';

const run = promisify(execFile);
const sources = fileURLToPath(new URL('six-fields/', import.meta.url));

/** What its author changes in the files of `palestra plugin new`. */
const edits: readonly (readonly [file: string, changes: Readonly<Record<string, string>>])[] = [
  [
    'src/index.ts',
    {
      "import { rules } from './resource.js';":
        "import { createOpening } from './opening.js';\nimport { rules } from './resource.js';",
      '  migrations,': "  migrations,\n  personalData: [{ table: 'court', account: 'keeper_id', onDelete: 'forget' }],",
      '{ ...resource.handlers }': '{ ...resource.handlers, openCourt: createOpening(scope) }',
    },
  ],
  [
    'src/conformance.ts',
    {
      "name: 'first', note: 'made by the kit'": "name: 'first', surface: 'clay'",
      'note: null': 'lit: true',
      "  { operation: 'deleteCourt'": "  { operation: 'openCourt', params: made },\n  { operation: 'deleteCourt'",
    },
  ],
  [
    'src/court.test.ts',
    { "{ name: 'one' }": "{ name: 'one', surface: 'clay' }", "{ name: 'two' }": "{ name: 'two', surface: 'hard' }" },
  ],
];

describe('a plugin with six fields, a reference and an operation of its own', () => {
  let folder: string;
  const path = (file: string) => join(folder, 'court', file);
  const linesOf = (file: string) => readFileSync(path(file), 'utf8').trimEnd().split('\n').length;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-six-fields-'));
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
    const made = await runIn(folder, ['plugin', 'new', 'court', '--directory', path('.')]);
    expect(made.code, made.stderr).to.equal(0);
    cpSync(join(sources, 'openapi.yaml'), path('openapi.yaml'));
    cpSync(join(sources, 'opening.ts'), path('src/opening.ts'));
    for (const [file, changes] of edits) writeFileSync(path(file), edited(readFileSync(path(file), 'utf8'), changes));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const generate = () => runIn(path('.'), ['plugin', 'generate']);

  it('is told to begin its migrations again, as long as no database has its tables', async () => {
    const { code, stderr } = await generate();
    expect(code).to.equal(1);
    expect(stderr).to.contain('Court: the field surface is required, but existing rows have no value for it.');
    expect(stderr).to.contain('If no database has the tables yet, delete src/migrations.ts and run the command again.');
    expect(stderr).not.to.contain('because:');
    rmSync(path('src/migrations.ts'));
    const again = await generate();
    expect(again.code, again.stderr).to.equal(0);
  });

  it('is at most 60 lines of YAML and 60 of TypeScript', () => {
    expect(linesOf('openapi.yaml')).to.be.at.most(60);
    const written = ['src/index.ts', 'src/resource.ts', 'src/opening.ts'].map(linesOf);
    expect(written.reduce((sum, lines) => sum + lines)).to.be.at.most(60);
  });

  it('compiles, and conforms on both databases', async () => {
    const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
    const output = (...args: string[]) =>
      run(process.execPath, args, { cwd: path('.'), env }).then(
        () => '',
        ({ stdout, stderr }) => `${stdout}${stderr}`,
      );
    compile();
    expect(await output(compiler, '-p', '.')).to.equal('');
    expect(await output('--test', 'dist/court.test.js')).to.equal('');
  }).timeout(240_000);
});

function edited(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((before, [from, to]) => {
    expect(before).to.contain(from);
    return before.replaceAll(from, to);
  }, text);
}
