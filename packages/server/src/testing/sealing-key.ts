/** One RSA key for all hosts of a test run: making one takes 0.3 to 3 s of CPU, more than the rest of a start. */
import { join } from 'node:path';
import { type KeySet, readOrCreate } from '../keys/key-file.js';
import { newKey } from '../keys/purposes.js';

let shared: Promise<KeySet> | undefined;
/** Of all processes of `npm test`; elsewhere each process has a key. */
const runFolder = process.env.TEST_RUN_FOLDER;

/** Puts the key into `dataDir`, unless it has a sealing key already: for a host that is made without `startTestHost`. */
export async function shareSealingKey(dataDir: string): Promise<void> {
  await readOrCreate(join(dataDir, 'keys', 'seal.json'), () => {
    if (shared) return shared;
    const made = runFolder ? readOrCreate(join(runFolder, 'seal.json'), createSet) : createSet();
    made.catch(() => {
      shared = undefined;
    });
    shared = made;
    return made;
  });
}

async function createSet(): Promise<KeySet> {
  return { version: 1, purpose: 'seal', active: await newKey('seal', Date.now()), next: null, retired: [] };
}
