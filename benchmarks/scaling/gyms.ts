/** What so many gyms ask for, and the machines that it takes: assumptions about people, and the measured figures. */
import type { Figures } from './figures.js';

/** Of one gym. */
export const assumed = {
  members: 300,
  visitsPerWeek: 1.5,
  purchasesPerMonth: 0.5,
  /** Three hours of the day have 45 % of the visits. */
  busiestHour: 0.15,
  /** The app is opened, lists are read, a code is shown and shown again. */
  readsPerVisit: 10,
  /** Of the visits; the others have a session that is only refreshed, which counts as two reads. */
  signInsPerVisit: 0.02,
  /** One gym in ten has four, each of which reports once a minute; a report counts as a read. */
  stams: 0.4,
  reportSeconds: 60,
} as const;

/** Processor time of a sign-in: argon2id. */
const signInUs = 17_500;
/** Beyond it, waiting grows faster than use. */
const mostUse = 0.6;
const years = 3;
const nodes = 3;

interface Demand {
  readonly visitsPerDay: number;
  readonly visits: number;
  readonly purchases: number;
  readonly reads: number;
  readonly signIns: number;
  readonly reports: number;
}

/** Rates are of a second in the busiest hour. */
function demandOf(gyms: number): Demand {
  const { members, visitsPerWeek, purchasesPerMonth, busiestHour, readsPerVisit, signInsPerVisit, stams } = assumed;
  const inBusiestHour = (perDay: number) => (perDay * busiestHour) / 3600;
  const visitsPerDay = (gyms * members * visitsPerWeek) / 7;
  const visits = inBusiestHour(visitsPerDay);
  return {
    visitsPerDay,
    visits,
    purchases: inBusiestHour((gyms * members * purchasesPerMonth) / 30),
    reads: visits * (readsPerVisit + 2),
    signIns: visits * signInsPerVisit,
    reports: (gyms * stams) / assumed.reportSeconds,
  };
}

function processors(demand: Demand, figures: Figures, of: 'serverUs' | 'databaseUs'): number {
  const { operations, read } = figures;
  const perSecond =
    demand.visits * operations.admit[of] +
    demand.purchases * (operations.perform[of] + operations.verify[of]) +
    (demand.reads + demand.reports) * read[of] +
    (of === 'serverUs' ? demand.signIns * signInUs : 0);
  return perSecond / 1e6 / mostUse;
}

function bytesPerYear({ visitsPerDay, purchases, visits }: Demand, { operations }: Figures): number {
  const purchasesPerDay = (visitsPerDay * purchases) / visits;
  const { admit, perform, verify } = operations;
  return 365 * (visitsPerDay * admit.bytes + purchasesPerDay * (perform.bytes + verify.bytes));
}

const sizes = [1, 10_000, 1_000_000] as const;

/** Two digits that count: what is assumed is no more exact. */
function rounded(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, 1 - Math.floor(Math.log10(value)));
  const factor = 10 ** (Math.floor(Math.log10(value || 1)) - 1);
  const shown = digits > 0 ? value.toFixed(digits) : (Math.round(value / factor) * factor).toLocaleString('en');
  return shown;
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const unit = Math.floor(Math.log10(value) / 3);
  return `${rounded(value / 1000 ** unit)} ${units[unit]}`;
}

export const demandColumns: readonly string[] = ['', 'one gym', '10,000 gyms', 'a million gyms'];

export function demandRows(figures: Figures): string[][] {
  const demands = sizes.map(demandOf);
  const row = (title: string, of: (demand: Demand) => string) => [title, ...demands.map(of)];
  return [
    row('visits a day', ({ visitsPerDay }) => rounded(visitsPerDay)),
    row('visits, a second', ({ visits }) => rounded(visits)),
    row('purchases, a second', ({ purchases }) => rounded(purchases)),
    row('reads, a second', ({ reads }) => rounded(reads)),
    row('sign-ins with a password, a second', ({ signIns }) => rounded(signIns)),
    row('reports of STAMS, a second', ({ reports }) => rounded(reports)),
    row('disk a year', (demand) => bytes(bytesPerYear(demand, figures))),
  ];
}

export function costRows(figures: Figures): string[][] {
  const demands = sizes.map(demandOf);
  const row = (title: string, of: (demand: Demand) => string) => [title, ...demands.map(of)];
  return [
    row('processors of instances', (demand) => rounded(processors(demand, figures, 'serverUs'))),
    row('processors of the database', (demand) => rounded(processors(demand, figures, 'databaseUs'))),
    row(`disk for ${years} years on ${nodes} nodes`, (demand) => bytes(bytesPerYear(demand, figures) * years * nodes)),
  ];
}
