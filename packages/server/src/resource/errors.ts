/** The five errors of a resource, out of what ajv or the database found. */

import {
  catalogue,
  duplicateResourceCreation,
  formatId,
  invalidRequest,
  invalidResourceCreation,
  invalidResourceParameter,
  PalestraError,
  requiredForRequest,
} from '@palestra/core';
import type { Fault } from '../contract/faults.js';
import { databaseFault } from '../database/errors.js';
import type { Item, ResourceFacts } from '../plugin/resource.js';

export function creationError(facts: ResourceFacts, fault: Fault): PalestraError {
  if (fault.kind === 'required') return invalidResourceCreation(fault.field, facts.type, fault.pointer);
  return updateError(facts, fault);
}

export function updateError(facts: ResourceFacts, fault: Fault): PalestraError {
  if (fault.kind === 'required') return requiredForRequest(fault.field, fault.pointer);
  if (fault.kind === 'unknown') return invalidResourceParameter(fault.field, facts.type, fault.pointer);
  return invalidRequest(fault.detail, fault.pointer);
}

export function stillReferred(facts: ResourceFacts, id: number, cause: unknown): PalestraError {
  return new PalestraError(
    catalogue.conflict,
    `${facts.type} ${formatId(id)} cannot be deleted while others refer to it. Delete those first.`,
    { cause },
  );
}

/** A unique index is what makes a name unique; the check is its violation. */
export async function writing<Result>(facts: ResourceFacts, item: Item, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    const fault = databaseFault(error);
    if (fault?.kind === 'duplicate' && facts.unique && fault.constraint === facts.unique.index) {
      const { field } = facts.unique;
      throw duplicateResourceCreation(String(item[field]), facts.type, `/data/${field}`);
    }
    if (fault?.kind === 'reference') throw danglingReference(facts, item);
    throw error;
  }
}

/** The rules have looked already; this is the row that went away meanwhile. */
function danglingReference(facts: ResourceFacts, item: Item): PalestraError {
  const name = Object.keys(item).find((each) => facts.fields[each]?.kind === 'reference') ?? 'reference';
  return invalidResourceParameter(name, facts.type, `/data/${name}`);
}
