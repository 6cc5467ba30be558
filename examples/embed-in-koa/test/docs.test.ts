/** What `docs/embedding.md` shows compiles against what is published, strictly. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';

const page = fileURLToPath(new URL('../../../docs/embedding.md', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

describe('the page on embedding', () => {
  it('shows code that compiles', () => {
    const blocks = [...readFileSync(page, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text);
    const files = new Map(blocks.map((text, at) => [`${here}snippet-${at}.ts`, text]));
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      types: ['node'],
      customConditions: ['@palestra/source'],
    };
    const host = ts.createCompilerHost(options);
    const { fileExists, getSourceFile, readFile } = host;
    host.fileExists = (file) => files.has(file) || fileExists(file);
    host.readFile = (file) => files.get(file) ?? readFile(file);
    host.getSourceFile = (file, version, ...rest) => {
      const text = files.get(file);
      return text === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, text, version);
    };
    const program = ts.createProgram([...files.keys()], options, host);
    const faults = [...files.keys()].flatMap((file) => {
      const source = program.getSourceFile(file);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    });
    expect(blocks).to.have.length.greaterThan(2);
    expect(ts.formatDiagnostics(faults, { ...host, getCanonicalFileName: (name) => name })).to.equal('');
  }).timeout(60_000);
});
