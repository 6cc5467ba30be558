/** The facts of equipment, and what naming a type does. */
import { fold, invalidResourceParameter } from '@palestra/core';
import type { Kind, ResourceFacts, ResourceRules } from '@palestra/server';
import type { components } from './contract.generated.js';
import type { Store } from './store.js';

export type ShownEquipment = components['schemas']['Equipment'];

type TypeName = components['schemas']['EquipmentType'];

/** `{"name": "equipment type 1"}` on the wire, its name in the row. */
const typeKind: Kind = {
  encode: (value) => [(value as TypeName).name],
  decode: ([name]) => ({ name }),
  json: (name) => JSON.stringify({ name }),
  accepts: (value) => typeof (value as Partial<TypeName> | undefined)?.name === 'string',
  takes: '{"name": …}',
  foldedText: (value) => fold((value as TypeName).name),
};

export const facts: ResourceFacts = {
  type: 'Equipment',
  table: 'equipment',
  schema: 'EquipmentFields',
  fields: {
    name: { kind: 'text', columns: ['name'], folded: 'name_folded', indexed: true },
    type: { kind: typeKind, columns: ['type_name'], folded: 'type_folded', indexed: true },
    imageURLs: { kind: 'json', columns: ['image_urls'] },
  },
  required: ['name'],
  defaults: { imageURLs: [] },
  unique: { index: 'equipment_name', field: 'name' },
};

export interface RulesOptions {
  readonly store: Store;
  readonly now: () => number;
  /** Whether naming a type that does not exist makes it. */
  readonly makesTypes: boolean;
}

export function rules({ store, now, makesTypes }: RulesOptions): ResourceRules<ShownEquipment> {
  async function prepared(input: Record<string, unknown>): Promise<Record<string, unknown>> {
    const type = input.type as TypeName | null | undefined;
    if (type && makesTypes) await store.ensureType(type.name, now());
    if (type && !(await store.hasType(type.name))) throw invalidResourceParameter('type', 'Equipment', '/data/type');
    return input.imageURLs === '' ? { ...input, imageURLs: [] } : input;
  }
  return {
    create: (input) => prepared(input),
    update: (_current, change) => prepared(change),
  };
}
