/** Every fault that a test is known to find, by the part of the project that it is in. */
import type { Mutant } from '../mutant.js';
import { clientFaults } from './client.js';
import { coreFaults } from './core.js';
import { gymFaults } from './gyms.js';
import { identityFaults } from './identity.js';
import { pluginFaults } from './plugins.js';
import { promiseFaults } from './promises.js';
import { serverFaults } from './server.js';

export const mutants: readonly Mutant[] = [
  ...coreFaults,
  ...identityFaults,
  ...serverFaults,
  ...pluginFaults,
  ...gymFaults,
  ...clientFaults,
  ...promiseFaults,
];
