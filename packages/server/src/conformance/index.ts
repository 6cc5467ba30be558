/**
 * The conformance kit: what every plugin promises, tried on one. Built-in plugins pass it in our tests, an
 * integrator's in theirs and by `palestra plugin check`.
 */
import { createPalestra } from '../host/create.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import { survivesBadConfiguration } from './configuration-check.js';
import {
  clientCoversOperations,
  describesItsFailures,
  fitsTheHost,
  guardsEveryOperation,
  joinsTheDocument,
} from './contract-checks.js';
import { explain } from './explain.js';
import { keepsToOwnTables, migrationChecks } from './migration-checks.js';
import { declaresPersonalData } from './personal-data-checks.js';
import { configOf, pluginsOf } from './plugin-set.js';
import { runningChecks } from './running-checks.js';
import type { CheckResult, ConformanceReport, ConformOptions, Subject, Verdict, Verdicts } from './types.js';
import { wantedOf } from './wanted.js';

export type {
  AccountIds,
  Answers,
  CheckResult,
  ClientPart,
  ConformanceReport,
  ConformOptions,
  Fixture,
  Given,
  Outcome,
} from './types.js';

type Check = readonly [name: string, check: (subject: Subject) => Verdict | Promise<Verdict>];

const contractChecks: readonly Check[] = [
  ['fits this host', fitsTheHost],
  ['guards every operation', guardsEveryOperation],
  ['joins the document', joinsTheDocument],
  ['describes its failures', describesItsFailures],
  ['has a client part for every operation', clientCoversOperations],
  ['survives bad configuration', survivesBadConfiguration],
  ['migrates only its own tables', keepsToOwnTables],
  ['says what it keeps about people', declaresPersonalData],
];

/** Tries everything it can: a check that fails stops no other, one that cannot be made is skipped and says why. */
export async function conform(plugin: AnyPlugin, options: ConformOptions = {}): Promise<ConformanceReport> {
  const subject: Subject = {
    ...options,
    plugin,
    compose: (config = options.config) =>
      createPalestra({ plugins: pluginsOf(subject), config: configOf(subject, config), dataDir: 'never-opened' }),
  };
  const results: CheckResult[] = [];
  for (const [name, check] of contractChecks) results.push(resultOf(name, await tried(() => check(subject))));
  const bootable = results.every(({ check, outcome }) => outcome !== 'fail' || !bootNeeds.has(check));
  const verdicts: Verdicts = bootable
    ? await hostChecks(subject, results)
    : [['runs', { skip: 'no host boots with it' }]];
  results.push(...verdicts.map(([name, verdict]) => resultOf(name, verdict)));
  const told = wantedOf(results, options);
  return {
    plugin: `${plugin.name} ${plugin.version}`,
    results: told,
    ok: told.every(({ outcome }) => outcome !== 'fail'),
  };
}

/** @param done results that need no more of a host */
async function hostChecks(subject: Subject, done: readonly CheckResult[]): Promise<Verdicts> {
  const migrations = await migrationChecks(subject);
  const names = [...done.map(({ check }) => check), ...migrations.map(([name]) => name)];
  const isDone = subject.only?.every((name) => names.includes(name)) ?? false;
  return isDone ? migrations : [...migrations, ...(await runningChecks(subject))];
}

/** Without these there is nothing to run. */
const bootNeeds: ReadonlySet<string> = new Set(['fits this host', 'guards every operation', 'joins the document']);

async function tried(check: () => Verdict | Promise<Verdict>): Promise<Verdict> {
  try {
    return await check();
  } catch (error) {
    return [explain(error)];
  }
}

function resultOf(check: string, verdict: Verdict): CheckResult {
  if ('skip' in verdict) return { check, outcome: 'skip', details: [verdict.skip] };
  return { check, outcome: verdict.length === 0 ? 'pass' : 'fail', details: verdict };
}

const marks = { pass: '✔', fail: '✘', skip: '-' } as const;

/** A line a check, with what is at fault below it. */
export function formatReport({ plugin, results }: ConformanceReport): string {
  const lines = results.flatMap(({ check, outcome, details }) => [
    `  ${marks[outcome]} ${check}${outcome === 'skip' ? ` (skipped: ${details.join('; ')})` : ''}`,
    ...(outcome === 'fail' ? details.map((detail) => `      ${detail}`) : []),
  ]);
  const count = (outcome: CheckResult['outcome']) => results.filter((each) => each.outcome === outcome).length;
  return [plugin, ...lines, `${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped`].join('\n');
}
