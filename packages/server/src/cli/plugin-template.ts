/** The text of a new plugin: one resource with a name and a note, to be made into what it is for. */
import { pluginContract } from './plugin-template-contract.js';

export interface PluginNames {
  /** `towel-rental` */
  readonly plugin: string;
  /** `towelRental`: the plugin in code. */
  readonly constant: string;
  /** `Towel`, `towel`, `towel`, `Towels`: the resource in types, in code, in paths and tables, and many of it. */
  readonly resource: string;
  readonly variable: string;
  readonly snake: string;
  readonly plural: string;
}

type Files = Readonly<Record<string, string>>;

export function pluginFiles(names: PluginNames, version: string): Files {
  return {
    'package.json': manifest(names, version),
    'tsconfig.json': compilerOptions,
    '.gitignore': 'node_modules\ndist\ndata\n*.generated.ts\n',
    'README.md': readme(names),
    'palestra.config.js': hostConfig(names),
    'openapi.yaml': pluginContract(names),
    'src/index.ts': index(names),
    'src/resource.ts': resource(names),
    'src/migrations.ts': migrations(names),
    'src/client.ts': client(names),
    'src/conformance.ts': conformance(names),
    [`src/${names.plugin}.test.ts`]: test(names),
  };
}

function manifest({ plugin, resource }: PluginNames, version: string): string {
  const content = {
    name: `palestra-plugin-${plugin}`,
    version: '0.1.0',
    description: `${resource}: a plugin for Palestra.`,
    license: 'UNLICENSED',
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    files: ['dist', '!dist/*.test.*', '!dist/conformance.*', 'openapi.yaml'],
    sideEffects: false,
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './client': { types: './dist/client.d.ts', default: './dist/client.js' },
    },
    scripts: {
      generate: 'palestra plugin generate',
      build: 'npm run generate && tsc',
      test: `npm run build && node --test dist/${plugin}.test.js`,
      check: 'npm run build && palestra plugin check',
      start: 'npm run build && palestra serve',
      prepack: 'npm run build',
    },
    dependencies: { '@palestra/core': `^${version}` },
    peerDependencies: { '@palestra/client': `^${version}`, '@palestra/server': `^${version}` },
    peerDependenciesMeta: { '@palestra/client': { optional: true } },
    devDependencies: {
      '@palestra/client': `^${version}`,
      '@palestra/server': `^${version}`,
      '@types/node': '^20.19.0',
      'openapi-typescript': '^7.13.0',
      typescript: '~5.9.3',
    },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

const compilerOptions = `{
  "compilerOptions": {
    "target": "ES2023",
    "lib": ["ES2023"],
    "module": "NodeNext",
    "strict": true,
    "exactOptionalPropertyTypes": true,
    "noUncheckedIndexedAccess": true,
    "verbatimModuleSyntax": true,
    "declaration": true,
    "skipLibCheck": true,
    "types": ["node"],
    "rootDir": "src",
    "outDir": "dist"
  },
  "include": ["src"]
}
`;

function readme({ plugin, constant, resource }: PluginNames): string {
  return `# palestra-plugin-${plugin}

${resource} as a plugin for Palestra.

\`\`\`js
// palestra.config.js of the host
import { ${constant} } from 'palestra-plugin-${plugin}';

export const plugins = [${constant}];
\`\`\`

| | |
|---|---|
| \`npm test\` | makes the types of \`openapi.yaml\`, compiles, runs the tests and the conformance kit |
| \`npm run check\` | the conformance kit alone, check by check |
| \`npm start\` | serves it on http://127.0.0.1:3000 |

What it answers is in \`openapi.yaml\`, what is behind it in \`src/resource.ts\` and \`src/migrations.ts\`. A migration that
others have run is never changed: add another after it.
`;
}

function hostConfig({ constant }: PluginNames): string {
  return `/** The host that \`npm start\` runs: this plugin alone. */
import { ${constant} } from './dist/index.js';

export const plugins = [${constant}];
`;
}

function index({ plugin, constant, resource, plural }: PluginNames): string {
  return `/** ${plural}: the resource. */
import type { Plugin } from '@palestra/server';
import { contract, type operations } from './contract.generated.js';
import { migrations } from './migrations.js';
import { facts, rules, type Shown${resource} } from './resource.js';
import { version } from './version.generated.js';

export const ${constant}: Plugin<{ operations: operations }> = {
  name: '${plugin}',
  version,
  host: '^1.0.0',
  contract,
  migrations,
  setup(scope) {
    const resource = scope.resource<Shown${resource}>(facts, rules);
    return {
      handlers: {
        operate${resource}: resource.operate,
        list${plural}: resource.list,
        get${resource}: resource.get,
        delete${resource}: resource.remove,
      },
    };
  },
};
`;
}

function resource({ resource, snake }: PluginNames): string {
  return `/** The facts of a ${resource}, and who may change one. */
import type { ResourceFacts, ResourceRules } from '@palestra/server';
import type { components } from './contract.generated.js';

export type Shown${resource} = components['schemas']['${resource}'];

export const facts: ResourceFacts = {
  type: '${resource}',
  table: '${snake}',
  schema: '${resource}Fields',
  fields: {
    name: { kind: 'text', columns: ['name'], folded: 'name_folded', indexed: true },
    note: { kind: 'text', columns: ['note'], folded: 'note_folded' },
  },
  required: ['name'],
  unique: { index: '${snake}_name', field: 'name' },
};

/** Nothing beyond the privileges of \`openapi.yaml\`. Each rule may throw a PalestraError. */
export const rules: ResourceRules<Shown${resource}> = {};
`;
}

function migrations({ resource, snake }: PluginNames): string {
  return `/** The tables of a ${resource}. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [
  {
    name: '${snake}',
    createTable: {
      table: '${snake}',
      columns: {
        id: { type: 'id' },
        name: { type: 'text', length: 200 },
        name_folded: { type: 'longtext' },
        note: { type: 'longtext', nullable: true },
        note_folded: { type: 'longtext', nullable: true },
        created_at: { type: 'integer' },
        updated_at: { type: 'integer' },
      },
      indexes: [{ name: '${snake}_name', columns: ['name'], unique: true }],
    },
  },
];
`;
}

function client({ constant, resource, plural, variable }: PluginNames): string {
  return `/** The client part: \`createClient({ baseUrl, plugins: [${constant}Client] }).${variable}\`. */
import { type ClientPlugin, type Resource, resource } from '@palestra/client';
import * as operations from './client.generated.js';

type Schemas = operations.components['schemas'];

export interface ${resource}Types {
  item: Schemas['${resource}'];
  create: Schemas['${resource}Create']['data'];
  query: Schemas['${resource}Query']['data'];
  update: Schemas['${resource}Update']['data'];
}

export type ${resource}Api = Resource<${resource}Types>;

export const ${constant}Client: ClientPlugin<'${variable}', ${resource}Api, typeof operations> = {
  name: '${variable}',
  operations,
  setup: (scope) =>
    resource<${resource}Types>(scope, {
      operate: operations.operate${resource},
      list: operations.list${plural},
      get: operations.get${resource},
      delete: operations.delete${resource},
    }),
};
`;
}

function conformance({ constant, resource, plural }: PluginNames): string {
  return `/** What \`palestra plugin check\` tries: every operation once, by whoever just may. */
import type { Answers, Fixture } from '@palestra/server/conformance';
import { ${constant}Client } from './client.js';
import { ${constant} } from './index.js';

export const plugin: typeof ${constant} = ${constant};
export const client: typeof ${constant}Client = ${constant}Client;

const made = ({ create }: Answers) => ({ params: { id: create.data._id } });

export const fixtures: readonly Fixture[] = [
  {
    name: 'create',
    operation: 'operate${resource}',
    request: { body: { operation: 'create', data: { name: 'first', note: 'made by the kit' } } },
    status: 201,
  },
  { operation: 'operate${resource}', request: { body: { operation: 'query', data: { name: { contains: 'FIR' } } } } },
  {
    operation: 'operate${resource}',
    request: ({ create }) => ({ body: { operation: 'update', data: { _id: create.data._id, note: null } } }),
  },
  { operation: 'list${plural}' },
  { operation: 'get${resource}', request: made },
  { operation: 'delete${resource}', request: made },
];
`;
}

function test({ plugin, constant, resource, snake, variable }: PluginNames): string {
  return `/** A real host on a free port, asked over HTTP and through the client. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, memoryTokens } from '@palestra/client';
import { conform, formatReport } from '@palestra/server/conformance';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { ${constant}Client } from './client.js';
import * as conformance from './conformance.js';
import { ${constant} } from './index.js';

describe('${plugin}', () => {
  let host: TestHost;

  before(async () => {
    host = await startTestHost({ plugins: [${constant}] });
  });
  after(() => host.stop());

  it('answers over HTTP', async () => {
    const { token } = await host.account('coach');
    const made = await host.operate('/api/${snake}', token, 'create', { name: 'one' });
    assert.equal(made.status, 201);
    const again = await host.operate('/api/${snake}', token, 'create', { name: 'one' });
    assert.equal(again.status, 409);
    assert.equal(again.body.exceptionMessage, 'Resource exists with name <one> for ${resource}');
  });

  it('answers the client', async () => {
    const { token } = await host.account('coach');
    const tokens = memoryTokens({ accessToken: token });
    const client = createClient({ baseUrl: host.url, plugins: [${constant}Client], tokens });
    const made = await client.${variable}.create({ name: 'two' });
    assert.deepEqual(await client.${variable}.query({ name: { equals: 'two' } }), [made]);
  });

  it('conforms', async () => {
    const report = await conform(conformance.plugin, conformance);
    assert.ok(report.ok, formatReport(report));
  });
});
`;
}
