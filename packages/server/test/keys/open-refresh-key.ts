/** Opens the refresh key of the folder it is given and tells its kid: one of several that start at once. */
import { createKeyStore } from '../../src/keys/index.js';

const [directory = ''] = process.argv.slice(2);
const store = createKeyStore({ directory, clock: { now: Date.now } });
const { active } = await store.secrets('refresh');
process.send?.(active.kid);
store.close();
process.disconnect?.();
