/** Entries as their readers see them: what is sealed for a person is opened, while the person has a key. */
import type { AuditRow } from './chain.js';
import { type AuditPersons, pidOf } from './persons.js';

/** Shown in place of a name that was erased. */
const erased = '(deleted)';

const account = 'account/';

export function openedRows(rows: readonly AuditRow[], persons: AuditPersons): Promise<AuditRow[]> {
  return Promise.all(rows.map((row) => openedRow(row, persons)));
}

async function openedRow(row: AuditRow, persons: AuditPersons): Promise<AuditRow> {
  const open = async (text: string) => {
    const opened = await persons.open(text);
    return pidOf(opened) === undefined ? opened : erased;
  };
  const { actor, ip, object, detail } = row;
  const about = object.startsWith(account) ? await open(object.slice(account.length)) : undefined;
  const kept = typeof detail === 'string' && detail.startsWith('"~') ? await open(detail.slice(1, -1)) : detail;
  return {
    ...row,
    actor: await open(actor),
    ip: ip === null ? null : await open(ip),
    object: about === undefined ? object : `${account}${about}`,
    detail: kept === erased ? null : kept,
  };
}

/** The persons that an entry tells about. */
export function personsIn({ actor, ip, object, detail }: AuditRow): string[] {
  const texts = [actor, ip ?? '', object.replace(account, ''), detail?.slice(1, -1) ?? ''];
  return texts.flatMap((text) => pidOf(text) ?? []);
}
