/** Links, paths and code in every Markdown file: links lead somewhere, and every snippet is executed or checked. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { blocksOf } from '../scripts/follow-guide.js';
import { complaintsOf } from '../scripts/testing/type-check.js';
import { filesBelow, manifestOf, repository } from '../scripts/workspace.js';
import { textOf } from './deploy/files.js';

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: repository,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((page) => existsSync(join(repository, page)));

/** A page without its code, in which nothing is a link. */
const proseOf = (page: string): string =>
  textOf(page)
    .replace(/^```.*?^```$/gms, '')
    .replace(/`[^`\n]*`/g, '');

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  const headings = [
    ...textOf(page)
      .replace(/^```.*?^```$/gms, '')
      .matchAll(/^#{1,6} (.*)$/gm),
  ];
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function brokenLinks(page: string): string[] {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(([, a, b]) => a ?? b ?? '');
  return links.filter((link) => {
    if (/^(https?|mailto):/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : posix.join(posix.dirname(page), path);
    if (!existsSync(join(repository, target))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
}

/** Paths in backticks that begin with a folder of the repository or of the page's package; what is built is not there. */
function missingPaths(page: string): string[] {
  const paths = textOf(page)
    .replace(/^```.*?^```$/gms, '')
    .matchAll(/`((?:packages|examples|scripts|test|benchmarks|deploy|docs)\/[\w./-]+)`/g);
  return [...paths]
    .map(([, path = '']) => path)
    .filter((path) => !/node_modules|^docs\/reference/.test(path))
    .filter(
      (path) => ![path, posix.join(posix.dirname(page), path)].some((each) => existsSync(join(repository, each))),
    );
}

describe('links in documents', () => {
  for (const page of pages) {
    it(`lead somewhere: ${page}`, () => {
      expect([...brokenLinks(page), ...missingPaths(page)]).to.deep.equal([]);
    });
  }

  it('reach every page of docs from its list', () => {
    const list = textOf('docs/README.md');
    const all = pages.filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== 'docs/README.md');
    expect(all.filter((page) => !list.includes(`](${posix.basename(page)})`))).to.deep.equal([]);
  });
});

describe('commands in documents', () => {
  const scripts = Object.keys(
    (manifestOf(repository, '.') as { scripts?: Readonly<Record<string, string>> }).scripts ?? {},
  );

  for (const page of pages) {
    it(`exist: ${page}`, () => {
      const named = [...textOf(page).matchAll(/\bnpm run ([a-z][\w:-]*)(?! --workspace)/g)].map(
        ([, name = '']) => name,
      );
      const own = scriptsBeside(page);
      expect(named.filter((name) => !scripts.includes(name) && !own.includes(name))).to.deep.equal([]);
    });
  }
});

describe('CONTRIBUTING.md', () => {
  it('lists every OpenAPI extension that the code knows, and no other', () => {
    const headers = ['x-request-id', 'x-content-type-options', 'x-forwarded-for'];
    const sources = ['packages/core/src/contract', 'packages/server/src'].flatMap((folder) =>
      filesBelow(repository, folder).filter((path) => path.endsWith('.ts') && !path.includes('.generated.')),
    );
    const known = sources.flatMap((path) => [...textOf(path).matchAll(/'(x-[a-z-]+)'/g)].map(([, name = '']) => name));
    const rows = textOf('CONTRIBUTING.md').matchAll(/^\| (`x-.*?) \|/gm);
    const listed = [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`(x-[a-z-]+)`/g)].map(([, name]) => name));
    expect(listed.sort()).to.deep.equal([...new Set(known)].filter((name) => !headers.includes(name)).sort());
  });
});

/** A page of an example, or of what `plugin new` writes, speaks of its own package. */
function scriptsBeside(page: string): string[] {
  const folders = [posix.dirname(page), ...(page === 'docs/plugins.md' ? ['packages/server/template'] : [])];
  return folders.flatMap((folder) => {
    const manifest = manifestOf(repository, folder) as { scripts?: Readonly<Record<string, string>> };
    return Object.keys(manifest.scripts ?? {});
  });
}

/** Pages whose code another test executes or compiles. */
const elsewhere: Readonly<Record<string, { readonly test: string; readonly kinds: readonly string[] }>> = {
  'docs/sdk.md': { test: 'test/sdk-guide.test.ts', kinds: ['ts'] },
  'docs/plugins.md': { test: 'test/plugin-guide.test.ts', kinds: ['ts', 'sh', 'diff'] },
  // Of what `plugin new` writes, whose package has another name.
  'packages/server/template/README.md': { test: 'packages/server/test/cli/plugin-template.test.ts', kinds: ['js'] },
  'docs/embedding.md': { test: 'test/newcomers.test.ts', kinds: ['ts'] },
  'docs/firmware.md': { test: 'packages/plugins/stams/test/firmware-reference.test.ts', kinds: ['http'] },
  'docs/database.md': { test: 'test/database-guide.test.ts', kinds: ['sql', 'mysql'] },
  'docs/http.md': {
    test: 'test/http-guide.test.ts',
    kinds: ['sh', 'python', 'go', 'kotlin', 'swift', 'csharp'],
  },
};

/** What needs no more than to be read by its own parser, by the language of the block. */
const parsers: Readonly<Record<string, (text: string) => void>> = {
  json: (text) => JSON.parse(text.replaceAll('…', '')),
  jsonl: (text) =>
    text
      .trim()
      .split('\n')
      .forEach((line) => void JSON.parse(line)),
  yaml: (text) => parse(text),
  sh: shellSyntax,
  console: (text) => shellSyntax(text.replace(/^(?!\$ ).*\n/gm, '').replace(/^\$ /gm, '')),
  ini: (text) => expect(text).to.match(/^(\[\w+\]|[\w#;].*|\s*)$/m),
  sql: (text) => expect(text).to.match(/;\s*$/),
  dockerfile: (text) => expect(text).to.match(/^(FROM|COPY|RUN|#)/m),
  mermaid: (text) => expect(text).to.match(/^(sequenceDiagram|flowchart|stateDiagram)/),
  text: () => undefined,
};

/** What a page takes as given: declared by an earlier block, or by the reader's own code. */
const given: Readonly<Record<string, string>> = {
  'docs/payments.md': `import { gym } from '@palestra/plugin-gym'; import { merchandise } from '@palestra/plugin-merchandise';
    declare const mine: import('@palestra/plugin-transaction').PaymentProvider;`,
  'packages/client-sdk/README.md': `declare const baseUrl: string;`,
  'docs/sdk.md': `declare const wx: Parameters<typeof import('@palestra/client/weapp').weapp>[0] & Parameters<typeof import('@palestra/client/weapp').wxLogin>[0];
    declare const cookies: Parameters<typeof import('@palestra/client/cookies').cookieTokens>[0];
    declare const credentials: { readonly username: string; readonly password: string };`,
};

function shellSyntax(text: string): void {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
  expect(status, stderr).to.equal(0);
}

describe('code in documents', function () {
  this.timeout(60_000);

  it('is tried by the tests that are said to', () => {
    expect(Object.values(elsewhere).filter(({ test }) => !existsSync(join(repository, test)))).to.deep.equal([]);
  });

  for (const page of pages) {
    const blocks = blocksOf(textOf(page)).filter(({ kind }) => !elsewhere[page]?.kinds.includes(kind));
    for (const [at, { kind, text }] of blocks.entries()) {
      if (kind === 'ts' || kind === 'js') continue;
      it(`parses: ${page}, block ${at + 1} (${kind})`, () => {
        expect(parsers, 'a language that has a test').to.have.property(kind);
        parsers[kind]?.(text);
      });
    }
  }

  it('compiles where it is TypeScript or JavaScript', async () => {
    const files = new Map(
      pages.flatMap((page) =>
        blocksOf(textOf(page))
          .filter(({ kind }) => (kind === 'ts' || kind === 'js') && !elsewhere[page]?.kinds.includes(kind))
          .map(({ text }, at) => [`${page.replaceAll('/', '-')}-${at}.mts`, `${given[page] ?? ''}\n${text}`] as const),
      ),
    );
    expect(files.size).to.be.above(10);
    expect(await faultsOf(files)).to.deep.equal([]);
  });
});

/** Compiles texts as files of those names; each is a module of its own. */
async function faultsOf(texts: ReadonlyMap<string, string>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'palestra-documents-'));
  try {
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
    for (const [name, text] of texts) writeFileSync(join(folder, name), text);
    const files = [...texts.keys()].map((name) => join(folder, name));
    return await complaintsOf(files, {
      target: 'es2023',
      module: 'nodenext',
      moduleDetection: 'force',
      strict: true,
      skipLibCheck: true,
      lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
      types: ['node'],
      customConditions: ['@palestra/source'],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
