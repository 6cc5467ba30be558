/** What one account did, however much that is: read and opened page by page, so that other requests have their turns. */
import { turns } from '../async/turns.js';
import type { AuditRow } from './chain.js';
import { openedRows } from './opened.js';
import type { AuditPersons } from './persons.js';
import type { AuditStore, EntryKey } from './store.js';

/** In a turn of the event loop: some 3 ms, most of them to decrypt. */
const pageEntries = 100;

/** In the order of their times. */
export async function entriesOf(
  accountId: number,
  store: Pick<AuditStore, 'byActor'>,
  persons: AuditPersons,
): Promise<AuditRow[]> {
  const entries: AuditRow[] = [];
  let last: EntryKey = { chain: '', seq: 0 };
  for (;;) {
    const page = await turns.run(async () => openedRows(await store.byActor(accountId, last, pageEntries), persons));
    entries.push(...page);
    const end = page.at(-1);
    if (end === undefined || page.length < pageEntries) return entries.sort(byTime);
    last = end;
  }
}

/** Entries of a chain are in order already, and sorting keeps that. */
function byTime(one: AuditRow, other: AuditRow): number {
  return Number(one.at) - Number(other.at);
}
