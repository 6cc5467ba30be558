/** One sound request an operation: what is refused then is refused for who calls. */
import { accountSamples } from './accounts.js';
import { clubSamples } from './clubs.js';
import { gymSamples } from './gyms.js';
import type { Make } from './sample.js';

export type { Sample, Subject } from './sample.js';

export const samples: Readonly<Record<string, Make>> = { ...accountSamples, ...gymSamples, ...clubSamples };
