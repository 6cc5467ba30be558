/** The published types: what an app may write compiles, what it may not does not, in every kind of program. */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { compile } from '../../../scripts/pack.js';
import { type CompilerOptions, complaintsOf } from '../../../scripts/testing/type-check.js';

const consumer = (name: string) => fileURLToPath(new URL(`consumer/${name}.ts`, import.meta.url));

/** As an app compiles: strict, with declarations, libraries checked too but for those of TypeScript itself. */
const strict: CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  declaration: true,
  target: 'es2023',
  module: 'nodenext',
};

const complaints = (name: string, options: CompilerOptions): Promise<string[]> =>
  complaintsOf([consumer(name)], { ...strict, ...options });

describe('types', function () {
  this.timeout(120_000);

  before(() => compile('packages/client-sdk'));

  it('need neither lib.dom nor @types/node', async () => {
    expect(await complaints('bare', { lib: ['es2023'], types: [] })).to.deep.equal([]);
  });

  it("fit the browser's", async () => {
    const lib = ['es2023', 'dom', 'dom.iterable'];
    expect(await complaints('browser', { lib, types: [] })).to.deep.equal([]);
  });

  it("fit Node's", async () => {
    const options = { lib: ['es2023'], types: ['node'], skipLibCheck: true };
    expect(await complaints('node', options)).to.deep.equal([]);
  });

  it("fit a mini-program's", async () => {
    const lib = ['es2023'];
    expect(await complaints('weapp', { lib, types: ['miniprogram-api-typings'], skipLibCheck: true })).to.deep.equal(
      [],
    );
  });

  it('resolve for a bundler too', async () => {
    const bundler = { module: 'esnext', moduleResolution: 'bundler' };
    expect(await complaints('bare', { ...bundler, lib: ['es2020'], types: [] })).to.deep.equal([]);
  });
});
