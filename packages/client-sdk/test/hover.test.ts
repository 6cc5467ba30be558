/** What an editor shows of the client: the names that its documentation uses, not the shapes behind them. */
import { join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';

const folder = import.meta.dirname;
const file = join(folder, 'hover-sample.ts');
/** Each constant, and the type that its hover shows. */
const constants: readonly (readonly [name: string, value: string, type: string])[] = [
  ['gym', `await client.gym.get('1')`, 'Gym'],
  ['gyms', 'await client.gym.list()', 'Gym[]'],
  ['made', `await client.gym.create({ name: 'Iron Temple' })`, 'Gym'],
  ['found', `await client.gym.query({ name: { contains: 'iron' } })`, 'Gym[]'],
  ['merchandise', `await client.merchandise.get('1')`, 'Merchandise'],
  ['record', `await client.transaction.get('1')`, 'TransactionRecord'],
  ['user', 'await client.profile.me()', 'User'],
  ['member', `await client.staff.put('1', { user: '2', may: ['admit'] })`, 'StaffMember'],
  ['places', 'await client.staff.workplaces()', 'Workplace[]'],
];
const head = `import { createClient } from '@palestra/client';\nconst client = createClient({ baseUrl: 'https://gym.example' });\n`;
const source = head + constants.map(([name, value]) => `export const ${name} = ${value};`).join('\n');

describe('a hover over the client', function () {
  this.timeout(60_000);
  let service: ts.LanguageService;

  before(() => {
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      customConditions: ['@palestra/source'],
      strict: true,
      types: [],
      noEmit: true,
    };
    service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => [file],
      getScriptVersion: () => '1',
      getScriptSnapshot(path) {
        const text = path === file ? source : ts.sys.readFile(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: (path) => path === file || ts.sys.fileExists(path),
      readFile: (path) => (path === file ? source : ts.sys.readFile(path)),
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    });
  });
  after(() => service.dispose());

  it('shows the name of what a call gives', () => {
    const problems = service.getSemanticDiagnostics(file).map(({ messageText }) => messageText);
    expect(problems).to.deep.equal([]);
    const shown = constants.map(([name]) => {
      const info = service.getQuickInfoAtPosition(file, source.indexOf(`const ${name} =`) + 'const '.length);
      return ts.displayPartsToString(info?.displayParts);
    });
    expect(shown).to.deep.equal(constants.map(([name, , type]) => `const ${name}: ${type}`));
  });
});
