/** One RSA key for all hosts of a test process: making one takes half a second, more than the rest of a start. */
import { join } from 'node:path';
import { type KeySet, readOrCreate } from '../keys/key-file.js';
import { newKey } from '../keys/purposes.js';

let shared: Promise<KeySet> | undefined;

/** Puts the key into `dataDir`, unless it has a sealing key already: for a host that is made without `startTestHost`. */
export async function shareSealingKey(dataDir: string): Promise<void> {
  await readOrCreate(join(dataDir, 'keys', 'seal.json'), () => {
    shared ??= createSet();
    return shared;
  });
}

async function createSet(): Promise<KeySet> {
  return { version: 1, purpose: 'seal', active: await newKey('seal', Date.now()), next: null, retired: [] };
}
