/** Which checks are made: all, or those that the author asked for. */
import type { CheckResult, ConformOptions } from './types.js';

export function isWanted({ only }: ConformOptions, check: string): boolean {
  return only === undefined || only.includes(check);
}

/** Without these the others cannot be made: they are reported when they do not pass. */
const needed: ReadonlySet<string> = new Set(['starts', 'runs']);

/** The results that were asked for; a failure for each name that is of no check, so that a typing error does not pass. */
export function wantedOf(results: readonly CheckResult[], options: ConformOptions): CheckResult[] {
  const told = results.filter(
    ({ check, outcome }) => isWanted(options, check) || (needed.has(check) && outcome !== 'pass'),
  );
  const missing = (options.only ?? []).filter((name) => !told.some(({ check }) => check === name));
  const details = ['There is no such check of this plugin, or it could not be made.'];
  return [...told, ...missing.map((check): CheckResult => ({ check, outcome: 'fail', details }))];
}
