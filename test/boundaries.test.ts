/** The arrows between packages hold here, and each kind of breach would be seen. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { boundaryBreaches } from '../scripts/check-boundaries.js';
import { folderOrder, orderLine, structureBreaches } from '../scripts/folder-order.js';
import { repository } from '../scripts/workspace.js';

const sound: Readonly<Record<string, string>> = {
  'packages/core/package.json': JSON.stringify({ name: '@palestra/core', exports: { '.': {}, './auth': {} } }),
  'packages/core/src/index.ts': `export { one } from './one.js';`,
  'packages/core/src/one.ts': 'export const one = 1;',
  'packages/core/src/auth/index.ts': `import 'node:crypto';`,
  'packages/server/package.json': JSON.stringify({
    name: '@palestra/server',
    bin: { palestra: './bin/palestra.mjs' },
    dependencies: { '@palestra/core': '1', koa: '3' },
  }),
  'packages/server/bin/palestra.mjs': `import '../dist/main.js';`,
  'packages/server/src/index.ts': `import '@palestra/core/auth'; import type Koa from 'koa';`,
  'packages/client-sdk/package.json': JSON.stringify({ dependencies: { '@palestra/core': '1' } }),
  'packages/client-sdk/src/index.ts': `import '@palestra/core';`,
  'packages/plugins/a/package.json': JSON.stringify({ dependencies: { '@palestra/server': '1' } }),
  'packages/plugins/a/openapi.yaml': '',
  'packages/plugins/a/tsconfig.json': '{}',
  'packages/plugins/a/src/index.ts': `import '@palestra/server/plugin';`,
  'packages/plugins/a/src/conformance.ts': `import '@palestra/server/conformance';`,
  'packages/plugins/a/src/contract.generated.ts': 'export {};',
  'packages/plugins/a/src/migrations.ts': 'export {};',
  'packages/plugins/a/src/operations.ts': 'export {};',
  'packages/plugins/a/src/version.generated.ts': 'export {};',
  'packages/plugins/a/src/things/only-here.ts': 'export {};',
  'packages/plugins/a/test/only-here.test.ts': '',
  'packages/plugins/b/package.json': '{}',
  'packages/plugins/b/src/index.ts': 'export {};',
  'packages/plugins/b/src/resource.ts': 'export {};',
  'examples/embed/main.ts': `import '@palestra/core/auth';`,
  'scripts/palestra.mjs': `import './set-up.mjs'; import '../packages/server/bin/palestra.mjs';`,
};

const breaches: readonly (readonly [says: string, path: string, text: string])[] = [
  ['imports @palestra/server, against the arrows', 'packages/core/src/one.ts', `import '@palestra/server';`],
  ['imports node:fs, but packages/core/src/index.ts must run', 'packages/core/src/one.ts', `import('node:fs');`],
  ['imports jose, but packages/core/src/index.ts must run', 'packages/core/src/one.ts', `import 'jose';`],
  ['imports @palestra/client, against', 'packages/server/src/index.ts', `export { x } from '@palestra/client';`],
  ['imports ajv, which its package.json does not', 'packages/server/src/index.ts', `let x: import('ajv').Ajv;`],
  [
    'imports ../../core/src/one.js, which is outside',
    'packages/server/src/index.ts',
    `import '../../core/src/one.js';`,
  ],
  [
    'imports @palestra/core/auth, against',
    'packages/client-sdk/src/index.ts',
    `import type { X } from '@palestra/core/auth';`,
  ],
  ['imports fs/promises, but must run without Node', 'packages/client-sdk/src/index.ts', `import 'fs/promises';`],
  ['imports @palestra/plugin-b, against', 'packages/plugins/a/src/index.ts', `import '@palestra/plugin-b';`],
  [
    'imports ../../../scripts/set-up.mjs, which is outside packages/server',
    'packages/server/bin/palestra.mjs',
    `import('../../../scripts/set-up.mjs');`,
  ],
  [
    'imports ../packages/server/src/index.js, which is not published',
    'scripts/palestra.mjs',
    `import '../packages/server/src/index.js';`,
  ],
  ['has an export *', 'packages/core/src/index.ts', `export * from './one.js';`],
  ['has an export *', 'packages/core/src/index.ts', `export * as all from './one.js';`],
  ['has a default export', 'packages/plugins/a/src/index.ts', 'export default function main() {}'],
  ['has a default export', 'packages/plugins/a/src/index.ts', 'const a = 1; export { a as default };'],
  ['has a default export', 'packages/plugins/a/src/index.ts', 'export default 1;'],
  ['is not copied to dist', 'packages/server/src/koa.d.ts', ''],
  ['packages/plugins/b lacks src/conformance.ts, which every plugin has', 'packages/plugins/b/openapi.yaml', ''],
  ['examples/embed lacks src/version.generated.ts, which every plugin has', 'examples/embed/openapi.yaml', ''],
  ['packages/server/template lacks tsconfig.json', 'packages/server/template/openapi.yaml', ''],
  ['packages/plugins/a has src/things.ts, which no other plugin has', 'packages/plugins/a/src/things.ts', ''],
  [
    'imports @palestra/server/conformance, against',
    'packages/plugins/a/src/index.ts',
    `import '@palestra/server/conformance';`,
  ],
  [
    'imports @palestra/core/src/one.js, which is not published',
    'examples/embed/main.ts',
    `import '@palestra/core/src/one.js';`,
  ],
  [
    'imports ../../packages/core/src/one.js, which is not',
    'examples/embed/main.ts',
    `import '../../packages/core/src/one.js';`,
  ],
];

/** Folders below `packages/server/src` of the synthetic tree, and an order in which they import each other. */
const layered: Readonly<Record<string, string>> = {
  'packages/server/src/low/one.ts': 'export const one = 1;',
  'packages/server/src/middle/two.ts': `import { one } from '../low/one.js'; export const two = one;`,
  'packages/server/src/high/three.ts': `import type { Two } from '../middle/two.js'; export type Three = Two;`,
};
const orders = {
  'packages/core': ['auth'],
  'packages/server': ['low', 'middle', 'high'],
  'packages/plugins/a': ['things'],
};

const reversed: readonly (readonly [says: string, path: string, text: string])[] = [
  [
    'packages/server/src/low imports middle, which is above it',
    'packages/server/src/low/four.ts',
    `import '../middle/two.js';`,
  ],
  [
    'packages/server/src/middle imports high, which is above it',
    'packages/server/src/middle/four.ts',
    `import type { Three } from '../high/three.js';`,
  ],
  [
    'packages/server/src/low imports high, which is above it',
    'packages/server/src/low/four.ts',
    `export type { Three } from '../between.js';`,
  ],
  [
    'circle: packages/server/src/high/four.ts, packages/server/src/high/three.ts',
    'packages/server/src/high/three.ts',
    `import type { Four } from './four.js'; export type Three = Four;`,
  ],
  ['circle: high, middle', 'packages/server/src/middle/four.ts', `type Three = import('../high/three.js').Three;`],
  ['packages/server/src/other has no place', 'packages/server/src/other/four.ts', 'export {};'],
];

describe('boundaries', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'palestra-boundaries-'));
    for (const [path, text] of Object.entries(sound)) write(path, text);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  it('hold in this repository', () => {
    expect(boundaryBreaches(repository)).to.deep.equal([]);
  });

  it('hold where every arrow is kept', () => {
    expect(boundaryBreaches(root)).to.deep.equal([]);
  });

  for (const [says, path, text] of breaches) {
    it(`see that ${path} ${says}: ${text}`, () => {
      write(path, text);
      const found = boundaryBreaches(root);
      expect(
        found.some((breach) => breach.includes(says)),
        `${found}`,
      ).to.equal(true);
    });
  }

  describe('of folders', () => {
    beforeEach(() => {
      for (const [path, text] of Object.entries(layered)) write(path, text);
      write('packages/server/src/between.ts', `export type { Three } from './high/three.js';`);
      write('packages/server/src/high/four.ts', `export type { Three as Four } from './three.js';`);
    });

    it('hold in this repository', () => {
      expect(structureBreaches(repository)).to.deep.equal([]);
    });

    it('are those that ARCHITECTURE.md shows', () => {
      const page = readFileSync(join(repository, 'ARCHITECTURE.md'), 'utf8');
      const shown = page.split('\n\n').map((paragraph) => paragraph.replace(/```/g, '').replace(/\s+/g, ' ').trim());
      const missing = Object.entries(folderOrder)
        .filter(([, order]) => order.length > 0)
        .map(([folder, order]) => orderLine(folder, order))
        .filter((line) => !shown.includes(line));
      expect(missing).to.deep.equal([]);
    });

    it('hold where each folder imports only those before it', () => {
      expect(structureBreaches(root, orders)).to.deep.equal([]);
    });

    it('name a folder that is gone', () => {
      const gone = structureBreaches(root, { ...orders, 'packages/core': ['auth', 'contract'] });
      expect(gone).to.deep.equal(['scripts/folder-order.ts lists contract, which packages/core/src does not have']);
    });

    for (const [says, path, text] of reversed) {
      it(`see that ${says}`, () => {
        write(path, text);
        const found = structureBreaches(root, orders);
        expect(
          found.some((breach) => breach.includes(says)),
          `${found}`,
        ).to.equal(true);
      });
    }
  });
});
