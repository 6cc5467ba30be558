/** The collections, named after the tables of their facts, and how one is emptied. */

import { catalogue, PalestraError, resourceNotFound } from '@palestra/core';
import { databaseFault } from '../database/errors.js';
import type { Database, Unit } from '../database/types.js';
import type { ResourceFacts } from '../plugin/resource.js';

export interface Collections {
  /**
   * Deletes all that is in it; how many there were.
   * @throws PalestraError 404 for a name that is none, 409 while something else refers to what is in it
   */
  empty(name: string, unit: Unit): Promise<number>;
}

/** `resources` are those that plugins have set up, the last of them when the collections are asked for. */
export function createCollections(resources: readonly ResourceFacts[], database: Database): Collections {
  return {
    async empty(name, unit) {
      if (!resources.some(({ table, lasting }) => table === name && !lasting))
        throw resourceNotFound('Collection', name);
      try {
        return (await database.write(database.knex(name).delete(), unit)).affected;
      } catch (error) {
        throw databaseFault(error)?.kind === 'reference' ? stillReferred(name, error) : error;
      }
    },
  };
}

function stillReferred(name: string, cause: unknown): PalestraError {
  return new PalestraError(
    catalogue.conflict,
    `Collection ${name} cannot be emptied while others refer to what is in it. Empty those first.`,
    { cause },
  );
}
