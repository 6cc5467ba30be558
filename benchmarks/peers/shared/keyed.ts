/** A create that is carried out once under its `Idempotency-Key`: the key and the row commit together. */
import { createHash } from 'node:crypto';
import { db, isDuplicate } from './database.js';
import { type NewGym, newRow } from './gyms.js';
import { type Gym, gymOf } from './wire.js';

export interface Keyed {
  readonly gym: Gym;
  readonly replayed: boolean;
}

/** Undefined where the key was used for something else. */
export async function createOnce(gym: NewGym, owner: number, key: string): Promise<Keyed | undefined> {
  const fingerprint = createHash('sha256').update(JSON.stringify(gym)).digest('hex');
  try {
    return await db.transaction(async (trx) => {
      await trx('idempotency_key').insert({ account_id: owner, key, fingerprint, answer: '', created_at: Date.now() });
      const row = newRow(gym, owner);
      const [id = 0] = await trx('gym').insert(row);
      const created = gymOf({ ...row, id });
      await trx('idempotency_key')
        .where({ account_id: owner, key })
        .update({ answer: JSON.stringify(created) });
      return { gym: created, replayed: false };
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const known = await db('idempotency_key').where({ account_id: owner, key }).first();
    if (!known) throw error;
    return known.fingerprint === fingerprint ? { gym: JSON.parse(known.answer), replayed: true } : undefined;
  }
}
