/** A schema of the contract, to be the base of an interface: editors show an interface by its name, an alias unfolded. */
import type { components } from '../generated/openapi.js';

export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];
