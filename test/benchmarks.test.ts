/** What the benchmarks make of their figures, and that their page shows the results that are committed. */
import { expect } from 'chai';
import { analyze } from '../benchmarks/harness/flame.js';
import { pageOf, readPage } from '../benchmarks/harness/page.js';
import { readResults } from '../benchmarks/harness/results.js';
import { rowOf } from '../benchmarks/harness/rounds.js';

describe('the benchmarks', () => {
  it('have a page that shows what results.json holds', () => {
    const page = readPage();
    expect(pageOf(readResults(), page), 'npm run bench -- --save writes it').to.equal(page);
  });

  it('compare in each round, and take the median of the ratios', () => {
    const koa = [{ cpu: 100 }, { cpu: 200 }, { cpu: 400 }];
    const palestra = [{ cpu: 50 }, { cpu: 60 }, { cpu: 300 }];
    const row = rowOf(
      new Map([
        ['palestra', palestra],
        ['koa', koa],
      ]),
    );
    expect(row.cpu).to.deep.equal({ palestra: { value: 60, ratio: 0.5 }, koa: { value: 200, ratio: 1 } });
  });

  it('give no ratio where hand-written Koa was not measured', () => {
    expect(rowOf(new Map([['palestra', [{ cpu: 50 }]]])).cpu?.palestra).to.deep.equal({ value: 50, ratio: undefined });
  });

  it('count the time of each function in a profile, but neither waiting nor the profiler', () => {
    const at = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 });
    const { root, selves } = analyze({
      nodes: [
        { id: 1, callFrame: at('(root)'), children: [2, 3, 4] },
        { id: 2, callFrame: at('(idle)') },
        { id: 3, callFrame: at('toggle', 'file:///harness/profiler.mjs'), children: [5] },
        { id: 4, callFrame: at('respond', 'node:http'), children: [6] },
        { id: 5, callFrame: at('dispatch') },
        { id: 6, callFrame: at('parse', 'file:///node_modules/@koa/router/lib/index.js') },
      ],
      samples: [2, 3, 4, 5, 6, 6],
      timeDeltas: [9_000, 1_000, 2_000, 1_000, 3_000, 4_000],
    });
    const parse = { name: 'parse @koa/router/lib/index.js:10', value: 7, children: [] };
    expect(root).to.deep.equal({
      name: '(root)',
      value: 9,
      children: [{ name: 'respond node:http:10', value: 9, children: [parse] }],
    });
    expect(selves.map(({ part, milliseconds }) => [part, milliseconds])).to.deep.equal([
      ['@koa/router', 7],
      ['node:http', 2],
      ['(root)', 0],
    ]);
  });
});
