/** The published types: what an app may write compiles, what it may not does not, in every kind of program. */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';
import { compile } from '../../../scripts/pack.js';
import { createProgram } from '../../../scripts/testing/type-check.js';

const consumer = (name: string) => fileURLToPath(new URL(`consumer/${name}.ts`, import.meta.url));

/** As an app compiles: strict, with declarations, libraries checked too but for those of TypeScript itself. */
const strict: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipDefaultLibCheck: true,
  declaration: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
};

function complaints(name: string, options: ts.CompilerOptions): string[] {
  const program = createProgram([consumer(name)], { ...strict, ...options });
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

describe('types', function () {
  this.timeout(120_000);

  before(() => compile('packages/client-sdk'));

  it('need neither lib.dom nor @types/node', () => {
    expect(complaints('bare', { lib: ['lib.es2023.d.ts'], types: [] })).to.deep.equal([]);
  });

  it("fit the browser's", () => {
    const lib = ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'];
    expect(complaints('browser', { lib, types: [] })).to.deep.equal([]);
  });

  it("fit Node's", () => {
    const options = { lib: ['lib.es2023.d.ts'], types: ['node'], skipLibCheck: true };
    expect(complaints('node', options)).to.deep.equal([]);
  });

  it("fit a mini-program's", () => {
    const lib = ['lib.es2023.d.ts'];
    expect(complaints('weapp', { lib, types: ['miniprogram-api-typings'], skipLibCheck: true })).to.deep.equal([]);
  });

  it('resolve for a bundler too', () => {
    const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
    expect(complaints('bare', { ...bundler, lib: ['lib.es2020.d.ts'], types: [] })).to.deep.equal([]);
  });
});
