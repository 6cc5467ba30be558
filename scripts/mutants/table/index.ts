/** Every fault that a test is known to find, by the part of the project that it is in. */
import type { Mutant } from '../mutant.js';
import { core } from './core.js';

export const mutants: readonly Mutant[] = [...core];
