/** Tables in Markdown, and their places in docs/scaling.md. */
import type { Figures } from './figures.js';
import { costRows, demandColumns, demandRows } from './gyms.js';
import { operations } from './operations.js';
import type { Scenario } from './scenarios.js';

export function tableOf({ columns, rows }: Scenario, figures: Figures, seed: number): string {
  return markdown(columns, rows(figures, seed));
}

const titles = {
  perform: 'begin a purchase (`performTransaction`)',
  verify: 'verify it (`verifyTransaction`)',
  admit: 'admit a member (`verifyTransactionRecord`)',
} as const;

export function figuresTable({ date, machine, statementUs, commitUs, operations: measured }: Figures): string {
  const rows = Object.entries(titles).map(([name, title]) => {
    const key = name as keyof typeof titles;
    const { serverUs, databaseUs } = measured[key];
    const statements = operations[key].flatMap((step) => ('statements' in step ? step.statements : []));
    const transactions = operations[key].filter((step) => 'statements' in step || 'write' in step).length;
    const rows = [...new Set(statements.filter((row) => row !== null))].join(', ');
    return [title, `${serverUs} µs`, `${databaseUs} µs`, String(transactions), rows];
  });
  const columns = ['call', 'processor of the instance', 'processor of MariaDB', 'commits', 'rows held until a commit'];
  const about = `Measured on ${date}: ${machine}, MariaDB on the same machine. A statement takes ${statementUs} µs there and back, a commit ${commitUs} µs more.`;
  return `${about}\n\n${markdown(columns, rows)}`;
}

export function gymTables(figures: Figures): [name: string, table: string][] {
  return [
    ['gyms', markdown(demandColumns, demandRows(figures))],
    ['costs', markdown(demandColumns, costRows(figures))],
  ];
}

function markdown(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** @throws Error if the page has no place of that name */
export function withTable(page: string, name: string, table: string): string {
  const place = new RegExp(`(<!-- ${name} -->\\n\\n)[^]*?(\\n\\n<!-- end of ${name} -->)`);
  if (!place.test(page)) throw new Error(`docs/scaling.md has no place for ${name}.`);
  return page.replace(place, (_, before: string, after: string) => before + table + after);
}
