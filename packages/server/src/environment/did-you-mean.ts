/** What somebody who misspelt a name may have meant. */
import { distance } from 'fastest-levenshtein';

/** The most like `name`: at most a third of its letters differ, or two where it is short; undefined if there is none. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const [best] = [...known]
    .map((each) => ({ each, changes: distance(name.toLowerCase(), each.toLowerCase()) }))
    .sort((a, b) => a.changes - b.changes);
  return best && best.changes <= Math.max(2, Math.floor(best.each.length / 3)) ? best.each : undefined;
}

/** ` Did you mean x?`, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const meant = nearest(name, known);
  return meant === undefined ? '' : ` Did you mean ${meant}?`;
}
