/** The generator turns a fragment into what its handlers are written against. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { generatedFiles } from '../scripts/generated-files.js';

const base = `
openapi: 3.1.0
info: { title: Test, version: '1' }
paths: {}
components:
  responses:
    BadRequest: { description: bad }
    Failed: { description: failed }
    RequestRunning: { description: running }
    KeyReused: { description: reused }
  headers: { RequestId: { schema: { type: 'string' } }, IdempotencyReplayed: { schema: { type: string } } }
  parameters:
    Find: { name: find, in: query, schema: { type: integer, default: 0 } }
    IdempotencyKey: { name: Idempotency-Key, in: header, schema: { type: string } }
`;

const fragment = `
paths:
  /api/gym:
    post:
      operationId: operateGym
      x-public: true
      x-sealed: Card
      parameters: [{ $ref: '#/components/parameters/Find' }]
      requestBody:
        content: { application/json: { schema: { oneOf: [{ $ref: '#/components/schemas/Create' }, { $ref: '#/components/schemas/Query' }] } } }
      responses: { '204': { description: done } }
components:
  schemas:
    Card: { type: object, required: [name], properties: { name: { type: string } }, additionalProperties: false }
    Create: { type: object, required: [operation, data], properties: { operation: { const: create }, data: { $ref: '#/components/schemas/Named' } } }
    Query: { type: object, required: [operation], properties: { operation: { const: query } }, additionalProperties: false }
    Fields: { type: object, properties: { name: { type: string }, note: { type: string } } }
    Named: { allOf: [{ $ref: '#/components/schemas/Fields' }, { type: object, required: [name] }], unevaluatedProperties: false }
`;

describe('npm run generate', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'palestra-generate-'));
    write('packages/server/src/contract/openapi.yaml', base);
    write('packages/plugins/gym/openapi.yaml', fragment);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  async function generated(path: string): Promise<string> {
    return (await generatedFiles(root)).get(path)?.replace(/\s+/g, ' ') ?? '';
  }

  it('generates the base, the composed document, the files of the client, the dashboard, and one per fragment (with a client for an example), and versions', async () => {
    write('examples/equipment/openapi.yaml', 'paths: {}');
    expect([...(await generatedFiles(root)).keys()]).to.deep.equal([
      'packages/server/src/contract/base.generated.ts',
      'openapi.yaml',
      'packages/client-sdk/src/generated/openapi.ts',
      'packages/client-sdk/src/generated/operations.ts',
      'deploy/grafana/generated/palestra.json',
      'packages/plugins/gym/src/contract.generated.ts',
      'examples/equipment/src/contract.generated.ts',
      'examples/equipment/src/client.generated.ts',
      'packages/server/src/version.generated.ts',
      'packages/client-sdk/src/version.generated.ts',
      'packages/plugins/gym/src/version.generated.ts',
      'examples/equipment/src/version.generated.ts',
    ]);
  });

  it('takes the version of a plugin from its package.json', async () => {
    write('packages/plugins/gym/package.json', JSON.stringify({ name: 'gym', version: '3.2.1' }));
    const file = 'packages/plugins/gym/src/version.generated.ts';
    expect(await generated(file)).to.contain(`export const version: string = "3.2.1";`);
  });

  it('tells the operations of an envelope apart by their literal, and keeps what allOf requires', async () => {
    const types = await generated('packages/plugins/gym/src/contract.generated.ts');
    expect(types).to.contain('operation: "create"; data: components["schemas"]["Named"];');
    expect(types).to.contain('Named: WithRequired<components["schemas"]["Fields"], "name"> & { name: string; };');
    expect(types).to.contain('components["schemas"]["Create"] | components["schemas"]["Query"]');
    expect(types).to.contain('export interface SealedBodies { operateGym: components["schemas"]["Card"]; }');
  });

  it('leaves out at the caller what a default fills in at the host', async () => {
    const parameter = (optional: string): string => `find${optional}: components["parameters"]["Find"]`;
    expect(await generated('packages/plugins/gym/src/contract.generated.ts')).to.contain(parameter(''));
    expect(await generated('packages/client-sdk/src/generated/openapi.ts')).to.contain(parameter('?'));
  });

  it('gives the client one constant an operation, with what it must know to send it', async () => {
    const constants = await generated('packages/client-sdk/src/generated/operations.ts');
    const type = "Operation<operations['operateGym'], SealedBodies['operateGym']>";
    const facts = '{"public":true,"sealed":"body","idempotent":true,"empty":true}';
    const value = `/* @__PURE__ */ operation('operateGym', 'POST', '/api/gym', ${facts})`;
    expect(constants).to.contain(`export const operateGym: ${type} = ${value};`);
  });

  it('refuses a text that YAML tore at its comma', async () => {
    write('packages/plugins/gym/openapi.yaml', 'paths: {}\ntags: [{ name: gym, description: One, or two. }]');
    const outcome = await generatedFiles(root).catch((error: Error) => error.message);
    expect(outcome).to.equal('packages/plugins/gym/openapi.yaml: quote the text that ends with ", or two."');
  });
});
