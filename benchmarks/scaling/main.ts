/**
 * `npm run simulate:scaling -- [--seed 7] [--write] [--measure]`: prints the tables of docs/scaling.md; `--write` puts them
 * into it, `--measure` measures this machine first.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repository } from '../../scripts/workspace.js';
import { readFigures } from './figures.js';
import { scenarios } from './scenarios.js';
import { figuresTable, gymTables, tableOf, withTable } from './table.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
    measure: { type: 'boolean', default: false },
  },
});

if (values.measure) {
  const { measure, save } = await import('./measure.js');
  save(await measure());
}
const figures = readFigures();
const seed = Number(values.seed);
const tables = new Map([['figures', figuresTable(figures)], ...gymTables(figures)]);
for (const scenario of scenarios) tables.set(scenario.name, tableOf(scenario, figures, seed));
for (const [name, table] of tables) console.log(`\n${name}, seed ${seed}\n\n${table}`);
if (values.write) {
  const page = join(repository, 'docs/scaling.md');
  const text = [...tables].reduce((page, [name, table]) => withTable(page, name, table), readFileSync(page, 'utf8'));
  writeFileSync(page, text);
}
