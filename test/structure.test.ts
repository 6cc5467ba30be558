/** Files, functions, context objects, casts and import chains stay within their limits; each kind of breach would be seen. */
import { expect } from 'chai';
import { contextObjects } from '../scripts/context-objects.js';
import { longestChain, repositoryGraph } from '../scripts/import-graph.js';
import { measureSource } from '../scripts/source-metrics.js';
import { type MeasuredPackage, measurePackages, sizeBreaches } from '../scripts/structure-limits.js';
import { repository } from '../scripts/workspace.js';

const lines = (count: number, line: string) => `${line}\n`.repeat(count);
const members = (count: number) => Array.from({ length: count }, (_, at) => `readonly m${at}: string;`).join(' ');

function packageOf(text: string): MeasuredPackage {
  const path = 'packages/server/src/one.ts';
  return {
    folder: 'packages/server',
    sources: [measureSource(path, text)],
    contexts: contextObjects(new Map([[path, text]])),
  };
}

const within: Readonly<Record<string, string>> = {
  'a file of 300 lines': lines(300, 'export {};'),
  'a function of 80 lines': `function long() {\n${lines(78, '  void 0;')}}\n`,
  'a context of eight members': `interface StepServices { ${members(8)} }\n`,
  'options that an app writes': `interface PalestraOptions { ${members(20)} }\n`,
  'data of any width': `interface AccountRow { ${members(20)} }\n`,
  'six casts in a thousand lines': `${lines(1, 'a as B;')}${lines(199, '')}`,
};

const beyond: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  ['a file of 301 lines', lines(301, 'export {};'), /Files above 300 lines.*one\.ts: 301/],
  ['a function of 81 lines', `function long() {\n${lines(79, '  void 0;')}}\n`, /Functions above 80 lines.*long: 81/],
  ['a context of nine members', `interface StepServices { ${members(9)} }\n`, /StepServices: 9/],
  ['a type of nine members', `type ServiceOptions = { ${members(9)} };\n`, /ServiceOptions: 9/],
  [
    'one that inherits the ninth',
    `interface HostServices { ${members(8)} }\ninterface OpenHost extends HostServices { readonly database: object }\n`,
    /OpenHost: 9/,
  ],
  ['more than six casts in a thousand lines', `${lines(1, 'a as B;')}${lines(99, '')}`, /packages\/server: 10\.0/],
];

const told = (measured: readonly MeasuredPackage[]) =>
  Object.entries(sizeBreaches(measured)).flatMap(([limit, breaches]) =>
    breaches.map((breach) => `${limit}: ${breach}`),
  );

describe('the structure of the packages', () => {
  it('is within its limits (npm run structure prints it)', () => {
    expect(told(measurePackages(repository))).to.deep.equal([]);
  });

  it('has no chain of 25 imports, types included', () => {
    expect(longestChain(repositoryGraph(repository, { types: true }))).to.have.length.below(25);
  });

  for (const [what, text] of Object.entries(within)) {
    it(`may have ${what}`, () => expect(told([packageOf(text)])).to.deep.equal([]));
  }

  for (const [what, text, says] of beyond) {
    it(`may not have ${what}`, () => expect(told([packageOf(text)]).join()).to.match(says));
  }
});
